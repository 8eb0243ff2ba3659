"""What one seed of the campaign of failovers is about: chosen at random, and the same for the same seed."""

import random
from dataclasses import dataclass
from enum import Enum

from settings.model import Lock
from tests.faults.region import Mode

CALLS = {Lock.LOCKFILE: 9, Lock.DYNAMODB: 11, Lock.BOTH: 14}
"""How many calls an apply makes to its region, on a state that is there."""
CUTS = [
    (lock, step, done) for lock, calls in CALLS.items() for step in range(1, calls + 1) for done in (False, True)
]
SEEDS = 100
PLANNED = SEEDS - len(CUTS)
"""How many of them have both regions in reach."""
ORDER = 5253
"""Shuffles all of it, so that the first few seeds meet lost work, late calls, and one stack alone: the one with
both locks, where there is every step that there is with one of them."""
STATECTL_CALLS = 50
"""About as many as a failover or failback of the campaign's states makes."""


class Replication(Enum):
    """When what the first region writes from some moment on comes into the second."""

    AT_ONCE = "at once"
    LATE = "once the failover is over, and the region is back"
    NEVER = "never: it is lost with the region"


class Rival(Enum):
    """When a second administrator begins."""

    FASTER = "and is done before the first could write down that they began"
    SLOWER = "while the first is at it"


@dataclass(frozen=True, kw_only=True)
class Kill:
    """At which of its calls ``statectl`` is killed, and whether AWS still does what that one asks."""

    number: int
    done: bool


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How the first region goes.

    :param step: at which call of an apply.
    :param done: whether AWS still does what that one asks.
    :param late: whether calls that were under way arrive when it is back.
    :param kills: whether the pipelines go with it.
    :param lost: whether ``statectl`` is told so, and does not try for itself.
    """

    step: int
    done: bool
    mode: Mode
    late: bool
    kills: bool
    lost: bool


@dataclass(frozen=True, kw_only=True)
class Story:
    """One seed.

    :param cut: how the first region goes; ``None`` where both are in reach, and applies go on meanwhile.
    :param arrives: of what waits for replication when the region goes, how much still arrives.
    :param unreplicated: whether one of the states never was in the second region.
    :param states: which are failed over; none for all.
    :param back: which are failed back before the others.
    :param kills: where ``statectl`` is killed on the way over, and on the way back.
    """

    seed: int
    lock: Lock
    cut: Cut | None
    replication: Replication
    arrives: float
    unreplicated: bool
    states: tuple[str, ...]
    back: tuple[str, ...]
    kills: tuple[Kill | None, Kill | None]
    rival: Rival | None

    @classmethod
    def of(cls, seed: int) -> "Story":
        """Over all seeds the region is cut at every call of an apply, before and after AWS did it."""
        rng = random.Random(f"{ORDER}-{seed}")  # noqa: S311 (chance, not secrecy)
        planned = seed % 3 == 2 and seed // 3 < PLANNED
        cuts = seed - min((seed + 1) // 3, PLANNED)
        lock, step, done = random.Random(ORDER).sample(CUTS, len(CUTS))[cuts % len(CUTS)]  # noqa: S311 (as above)
        kills = _kill(rng), _kill(rng)
        rival = rng.choice([None, *Rival])
        return cls(
            seed=seed,
            lock=list(reversed(Lock))[seed // 3 % len(Lock)] if planned else lock,
            cut=None if planned else _cut(rng, step, done=done),
            replication=rng.choice(list(Replication)),
            arrives=rng.choice([0.0, rng.random()]),
            unreplicated=rng.random() < 0.3,
            states=rng.choice([(), (), ("prod/network",), ("prod/database",)]),
            back=rng.choice([(), (), (), ("prod/network",)]),
            kills=kills,
            rival=None if kills[0] else rival,
        )


def _kill(rng: random.Random) -> Kill | None:
    made = Kill(number=rng.randrange(1, STATECTL_CALLS), done=rng.random() < 0.5)
    return made if rng.random() < 0.5 else None


def _cut(rng: random.Random, step: int, *, done: bool) -> Cut:
    mode = rng.choice(list(Mode))
    late = mode is Mode.TIMEOUT and rng.random() < 0.6
    return Cut(
        step=step,
        done=done,
        mode=mode,
        late=late,
        # Who is still waited for when the region is back is no pipeline of those days, but a packet on its way.
        kills=late or rng.random() < 0.3,
        lost=late or rng.random() < 0.5,
    )

"""What a failover or failback would come to, state by state; nothing is changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from statectl.failover.halves import Halves
from statectl.failover.holding import Holding
from statectl.failover.inventory import NOTHING, base_key, inventory, wanted_keys
from statectl.failover.moving import MoveOfState, Mover, Outcome
from statectl.failover.record import Direction, Record, Run
from statectl.known_backend import KnownBackend
from store.parallel import in_order


class Verdict(StrEnum):
    """What would become of a state."""

    SAFE = "safe"
    """The other region has the newest."""
    BEHIND = "behind"
    """It lacks something, which would be brought over."""
    UNKNOWN = "unknown"
    """The region that it would leave cannot be asked what is newest."""
    ABSENT = "absent"
    """There is no such state (any more)."""
    THERE = "there"
    """The other region writes it already."""
    LOCKED = "locked"
    """Somebody holds its lock: it would stay."""
    UNREADABLE = "unreadable"
    """It is no state: it would stay."""
    DIVERGED = "diverged"
    """The other region has work that this one never had: it would stay."""

    @property
    def stays(self) -> bool:
        """Whether it would not move."""
        return self in {Verdict.LOCKED, Verdict.UNREADABLE, Verdict.DIVERGED}


_VERDICTS = {
    Outcome.MOVED: Verdict.SAFE,
    Outcome.BROUGHT: Verdict.BEHIND,
    Outcome.UNCOMPARED: Verdict.UNKNOWN,
    Outcome.ABSENT: Verdict.ABSENT,
    Outcome.THERE: Verdict.THERE,
    Outcome.LOCKED: Verdict.LOCKED,
    Outcome.UNREADABLE: Verdict.UNREADABLE,
    Outcome.DIVERGED: Verdict.DIVERGED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """A state.

    :param key: its key.
    :param verdict: what would become of it.
    :param serial: its newest serial; ``null`` where there is no state, or it cannot be read.
    :param behind: how many serials the other region is behind, or has of its own; ``null`` where that cannot be
        counted.
    :param by: the ARN of who wrote it last, as far as the audit trail tells; ``null`` where nobody asked.
    :param detail: what else there is to say.
    """

    key: str
    verdict: Verdict
    serial: int | None
    behind: int | None
    by: str | None
    detail: str


def forecasts(
    backend: KnownBackend,
    both: Halves,
    record: Record,
    run: Run,
    *,
    reachable: bool,
    written_by: Mapping[str, str],
) -> Iterator[Forecast]:
    """Every state that a run would be about: a listing and a scan of each region, two reads of each state.

    :param reachable: whether the region that they would leave can be asked.
    :param written_by: who wrote versions, by version id.
    """
    over = run.direction is Direction.OVER
    source, target = both.of(run.direction.target.other), both.of(run.direction.target)
    left = inventory(backend, source.store) if reachable else NOTHING
    there = inventory(backend, target.store)
    mover = Mover(
        source=source.store,
        reachable=reachable,
        target=target.store,
        left=left,
        there=there,
        record=record,
        run=run,
        holding=Holding(source=source.store, region=target.region, run=run, break_locks=False),
        discard=False,
    )
    keys = wanted_keys(backend, None if run.keys is None else frozenset(run.keys), left, there)
    in_second = {key for key in keys if record.is_in_second(base_key(backend, key))}

    def look(key: str) -> MoveOfState:
        return MoveOfState(key=key, outcome=Outcome.THERE) if over and key in in_second else mover.forecast(key)

    for done in in_order(look, (key for key in keys if over or key in in_second)):
        yield Forecast(
            key=done.key,
            verdict=_VERDICTS[done.outcome],
            serial=done.serial,
            behind=done.behind,
            by=written_by.get(done.version_id or ""),
            detail=done.detail,
        )

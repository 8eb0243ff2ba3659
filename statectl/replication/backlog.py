"""What a backfill brings over, and what it leaves as it is, with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from statectl.doctor.replicas import WITHIN
from statectl.replication.sides import Replicated, StateSides
from statectl.text import moment


@dataclass(frozen=True, kw_only=True)
class Left:
    """A state that is not brought over.

    :param key: its key.
    :param why: the reason, as a clause that follows its name.
    :param next_step: what to do about it; empty where there is nothing to do but to wait.
    """

    key: str
    why: str
    next_step: str


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """All that the second region does not have as the first one has it.

    :param missed: what replication missed: no rule ever saw it, or S3 could not replicate it.
    :param lost: what no job of S3's brings, since S3 holds it for replicated or on its way.
    :param left: what stays as it is.
    """

    missed: list[StateSides] = field(default_factory=list)
    lost: list[StateSides] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def states(self) -> list[StateSides]:
        """What is to be brought over, in the order of keys."""
        return sorted([*self.missed, *self.lost], key=lambda row: row.key)

    @property
    def problems(self) -> list[Left]:
        """What stays and does not come by itself."""
        return [left for left in self.left if left.next_step]


def backlog(rows: Iterable[StateSides]) -> Backlog:
    """What comes of these states; those that both regions have alike are not kept."""
    made = Backlog()
    for row in rows:
        if row.status is Replicated.REPLICATED:
            continue
        why = reason_to_leave(row)
        if why is not None:
            made.left.append(why)
        elif row.first is not None and row.first.replication in {None, "FAILED"}:
            made.missed.append(row)
        else:
            made.lost.append(row)
    return made


def reason_to_leave(row: StateSides) -> Left | None:
    """Why a state is not brought over; ``None`` where it is."""

    def left(why: str, next_step: str = "") -> Left:
        return Left(key=row.key, why=why, next_step=next_step)

    if row.status is Replicated.AHEAD:
        return left("is newer in the second region", "bring it home with `statectl failback`")
    if row.status is Replicated.DIVERGED:
        return left(
            "is another state in each region",
            "compare the two with `statectl versions ls`, once for each bucket, and restore the right one",
        )
    if row.first is None:
        deleted = f"was deleted in the first region at {moment(row.deleted)}"
        if row.status is Replicated.PENDING:
            return left(f"{deleted}, which is on its way")
        return left(f"{deleted}, and not in the second", "delete it there too, or `statectl recover` it")
    if row.first.problem is not None:
        return left(f"{row.first.problem} in the first region", f"see `statectl recover {row.key}`")
    if row.status is Replicated.PENDING and not is_stuck(row):
        return left("is on its way")
    return None


def is_stuck(row: StateSides) -> bool:
    """Whether a state has been on its way for longer than replication may take."""
    waited = row.seconds_behind or 0
    return row.status is Replicated.PENDING and waited > WITHIN.total_seconds()

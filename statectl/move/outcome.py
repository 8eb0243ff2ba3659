"""What became of one state that was to move."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """In one word."""

    MOVED = "moved"
    THERE = "already there"
    REFUSED = "refused"
    LOCKED = "locked"
    FAILED = "failed"

    @property
    def is_well(self) -> bool:
        """Whether the state is where it should be."""
        return self in {Outcome.MOVED, Outcome.THERE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What became of one state.

    :param source: where it was: an ``s3://`` URL, or a file.
    :param target: where it goes.
    :param outcome: ``moved``, ``already there``, ``refused``, ``locked`` or ``failed``.
    :param serial: its serial; ``null`` where it was not read.
    :param lineage: its lineage; empty where it was not read.
    :param detail: what else there is to say.
    """

    source: str
    target: str
    outcome: Outcome
    serial: int | None = None
    lineage: str = ""
    detail: str = ""


class RefusedError(Exception):
    """A state that does not move, for a reason that no repetition changes."""

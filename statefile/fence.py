"""Fences: locks that stay held in the place where a state is locked no more.

Whoever still locks there is refused with what the fence says, instead of writing past those who lock elsewhere.
"""

from enum import StrEnum

from statefile.lock import LockInfo


class Fence(StrEnum):
    """What a fence says that it is for: the command that put it up."""

    TABLE = "statectl move lock --to lockfile"
    """An item of the lock table, held since the locks of the state are lockfiles."""
    LOCKFILE = "statectl move lock --to dynamodb"
    """A lockfile, held since the locks of the state are in the lock table."""

    @property
    def ended_by(self) -> str:
        """The command that takes it away."""
        return "statectl move lock --to both"


def fence_of(info: LockInfo | None) -> Fence | None:
    """The fence that a lock is; ``None`` where somebody holds it to work."""
    return next((fence for fence in Fence if info is not None and info.operation == fence), None)

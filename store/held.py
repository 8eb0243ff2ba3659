"""A lock that somebody holds, as it was found in one of the two places."""

from dataclasses import dataclass
from enum import StrEnum

from statefile.fence import fence_of
from statefile.lock import LockInfo, UnreadableLockError, id_of, parse_lock
from statefile.moved import is_moved


class LockKind(StrEnum):
    """Where a lock is."""

    LOCKFILE = "lockfile"
    TABLE = "table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One lock in one place.

    :param kind: the place.
    :param key: the key of the locked state.
    :param text: what it holds, byte for byte.
    :param mark: what a deletion demands to be still there: the lockfile's ETag, or the item's text.
    """

    kind: LockKind
    key: str
    text: bytes
    mark: str

    @property
    def id(self) -> str:
        """What it is broken by; made of its bytes where they name no ID."""
        return id_of(self.text)

    @property
    def info(self) -> LockInfo | None:
        """Who holds it; ``None`` where that cannot be read."""
        try:
            return parse_lock(self.text)
        except UnreadableLockError:
            return None

    @property
    def is_fence(self) -> bool:
        """Whether nobody works under it, and it only keeps out of this place who still locks there."""
        return fence_of(self.info) is not None

    @property
    def is_note(self) -> bool:
        """Whether nobody works under it, and it only tells where the state went."""
        return is_moved(self.info)

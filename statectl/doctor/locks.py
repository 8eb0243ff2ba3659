"""What the lock table and the lockfiles say, held against the states that the listing shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statectl.text import moment
from store.bucket import StoredObject
from store.held import Held, LockKind
from store.lock_table import LockTable

OLD = timedelta(hours=24)
"""For how long an apply may hold a lock before somebody should look."""


@dataclass(kw_only=True, slots=True)
class Taken:
    """The lock of one state.

    :param places: where it is held.
    :param since: since when, at the longest; ``None`` where it does not say, which counts as old.
    :param has_state: whether there is an object at the key that it locks.
    """

    places: list[LockKind]
    since: datetime | None
    has_state: bool = False

    def is_old(self, now: datetime) -> bool:
        """Whether it has been held for more than :data:`OLD`."""
        return self.since is None or now - self.since > OLD

    def in_words(self) -> str:
        """Where, and since when."""
        return f"held in {', '.join(self.places)}, since {moment(self.since)}"


@dataclass(kw_only=True)
class Locks:
    """The locks and digests that were found so far.

    :param digests: digests of the lock table by key; a listed state takes its own away.
    :param taken: locks by key.
    """

    digests: dict[str, str] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)
    _around: list[str] = field(default_factory=list)

    def scan(self, table: LockTable) -> None:
        """Note all that the table holds of this bucket's states."""
        for item in table.all():
            if isinstance(item, Held):
                if item.is_fence or item.is_note:
                    # It stays until a command ends it, whatever becomes of the state.
                    continue
                since = item.info.created if item.info else None
                self.taken[item.key] = Taken(places=[item.kind], since=since)
            else:
                self.digests[item.key] = item.value

    def pass_by(self, key: str) -> str | None:
        """Note that the listing shows an object that is no lockfile; the digest that is remembered of it."""
        if key in self.taken:
            self.taken[key].has_state = True
        # A lockfile comes behind its state, and between them only keys that start with the state's.
        self._around = [*(earlier for earlier in self._around if key.startswith(earlier)), key]
        return self.digests.pop(key, None)

    def pass_lockfile(self, found: StoredObject, key: str) -> None:
        """Note that the listing shows the lockfile of the state at ``key``."""
        lock = self.taken.setdefault(key, Taken(places=[], since=found.modified))
        lock.places.insert(0, LockKind.LOCKFILE)
        lock.since = min(lock.since, found.modified) if lock.since else None
        lock.has_state = lock.has_state or key in self._around

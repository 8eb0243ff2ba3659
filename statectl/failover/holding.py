"""Holds the locks of the states that are to move, in the region that they leave, before that region is closed.

Whoever is at work holds the lock, and is left to end in peace: its state does not move, and nothing refuses what
it writes. Whoever comes afterwards is told where the state went.
"""

from dataclasses import dataclass, field

from statectl.failover.own_locks import hold, moved_lock
from statectl.failover.record import Run
from store.failures import LockedError, StoreFailureError
from store.held import Held
from store.store import Store


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The locks of one run; safe to share between threads, each of which is about other keys.

    :param source: the region that states leave.
    :param region: where they go.
    :param break_locks: whether locks of others give way.
    :param held: by key, what is held.
    :param broken: by key, whose locks were broken for it.
    :param locked: by key, who holds a lock that stays.
    :param failed: by key, why that could not be found out.
    """

    source: Store
    region: str
    run: Run
    break_locks: bool
    held: dict[str, tuple[Held, ...]] = field(default_factory=dict)
    broken: dict[str, tuple[Held, ...]] = field(default_factory=dict)
    locked: dict[str, LockedError] = field(default_factory=dict)
    failed: dict[str, StoreFailureError] = field(default_factory=dict)

    def attempt(self, key: str) -> None:
        """Hold the lock of a state, or note why not."""
        try:
            self.take(key)
        except LockedError as error:
            self.locked[key] = error
        except StoreFailureError as error:
            self.failed[key] = error

    def take(self, key: str) -> tuple[Held, ...]:
        """Hold the lock of a state, if it is not held yet; what was broken for it.

        :raises store.failures.LockedError: where somebody else holds it.
        """
        if key not in self.held:
            lock = moved_lock(self.source, key, self.run, self.region)
            self.held[key], self.broken[key] = hold(self.source, key, lock, break_locks=self.break_locks)
        return self.broken[key]

    def let_go(self, key: str) -> None:
        """Free what is held of a state that does not move."""
        try:
            self.source.free_lock(self.held.pop(key, ()))
        except StoreFailureError:
            # It says what it is; the next run takes it for its own.
            return

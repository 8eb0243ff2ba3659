"""All that one backend keeps in one region: the states, and the locks in the places that it uses."""

from functools import cached_property

from statefile.lock import LockInfo
from store.bucket import Bucket
from store.clients import Clients
from store.failures import LockedError, StoreFailureError
from store.held import Held
from store.location import Location
from store.lock_table import LockTable
from store.lockfiles import Lockfiles


class Store:
    """The bucket of a location and its locks.

    :param location: where it is.
    """

    def __init__(self, clients: Clients, location: Location) -> None:
        self.location = location
        self.clients = clients

    @cached_property
    def bucket(self) -> Bucket:
        """The state bucket."""
        return Bucket(self.clients.s3(self.location.region), self.location)

    @cached_property
    def lockfiles(self) -> Lockfiles:
        """The lockfiles. A bucket whose locks are in a table can hold some all the same."""
        return Lockfiles(self.bucket)

    @cached_property
    def table(self) -> LockTable | None:
        """The lock table, where there is one."""
        name = self.location.table
        return LockTable(self.clients.dynamodb(self.location.region), self.location, name) if name else None

    @cached_property
    def lock_places(self) -> tuple[Lockfiles | LockTable, ...]:
        """Where a lock is looked for: in both places, whichever Terraform is told to use."""
        return (self.lockfiles, self.table) if self.table is not None else (self.lockfiles,)

    @cached_property
    def taken_places(self) -> tuple[Lockfiles | LockTable, ...]:
        """Where a lock is taken, in Terraform's order: the lockfile first."""
        places: list[Lockfiles | LockTable] = [self.lockfiles] if self.location.lock.uses_lockfile else []
        return (*places, self.table) if self.table is not None else tuple(places)

    def locks(self, key: str) -> tuple[Held, ...]:
        """The locks of the state at ``key``, one for each place where it is held."""
        found = (place.read(key) for place in self.lock_places)
        return tuple(held for held in found if held is not None)

    def take_lock(self, key: str, info: LockInfo) -> tuple[Held, ...]:
        """Take the lock in each place that Terraform takes it in, or in none.

        A place that already holds this very lock counts as taken, so that an interrupted work can go on. One with
        a fence is left out: nobody gets in there.

        :raises store.failures.LockedError: where somebody else holds it in any of them, or all have fences.
        """
        before = self.locks(key)
        fenced = {held.kind for held in before if held.is_fence}
        if any(held.id != info.id for held in before if not held.is_fence):
            raise LockedError(f"somebody holds the lock of {key}")
        own = {held.kind: held for held in before if not held.is_fence}
        places = [place for place in self.taken_places if place.kind not in fenced]
        if not places:
            raise LockedError(f"{key} is not locked in the {' and '.join(sorted(fenced))} any more")
        taken: list[Held] = []
        for place in places:
            try:
                taken.append(own.get(place.kind) or place.take(key, info))
            except StoreFailureError:
                if not own:
                    self.free_lock(taken)
                raise
        return tuple(taken)

    def free_lock(self, held: tuple[Held, ...] | list[Held]) -> None:
        """Free what was taken, the last first, so that nobody can take the first place and not the next.

        :raises store.failures.ChangedMeanwhileError: where a newer lock is there; it stays.
        """
        for lock in reversed(held):
            place = self.lockfiles if lock.kind is self.lockfiles.kind else self.table
            if place is not None:
                place.free(lock)

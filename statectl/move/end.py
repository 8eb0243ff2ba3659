"""A key that a state leaves or goes to, with its lock and its digest."""

from dataclasses import dataclass, field

from statectl.failover.own_locks import locked_by
from statectl.move.notes import note_id
from statectl.move.outcome import RefusedError
from statefile.lock import LockInfo
from store.bucket import Content
from store.failures import LockedError, StoreFailureError
from store.held import Held, LockKind
from store.store import Store


@dataclass(kw_only=True)
class End:
    """One key of one backend, for one move.

    :param held: what is held of it in this run.
    :param taken: those of them that were not held before.
    """

    store: Store
    key: str
    held: list[Held] = field(default_factory=list)
    taken: list[Held] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its name, with the bucket."""
        return f"s3://{self.store.location.bucket}/{self.key}"

    @property
    def region(self) -> str:
        """The region of its bucket."""
        return self.store.location.region

    def find(self) -> Content | None:
        """The state; ``None`` where there is none."""
        return self.store.bucket.find(self.key)

    def others(self, own: frozenset[str]) -> LockedError | RefusedError | None:
        """Who holds its lock, where that is none of these IDs; fences are nobody."""
        found = (held for held in self.store.locks(self.key) if not held.is_fence and held.id not in own)
        other = next(found, None)
        return refusal(other) if other is not None else None

    def is_held(self, lock_id: str) -> bool:
        """Whether this very lock is held in any place."""
        return any(held.id == lock_id for held in self.store.locks(self.key))

    def is_kept_by(self, lock_id: str) -> bool:
        """Whether this very lock, or a fence, is in each place where Terraform takes one."""
        found = self.store.locks(self.key)
        kept = {held.kind for held in found if held.is_fence or held.id == lock_id}
        return (
            any(held.id == lock_id for held in found) and {place.kind for place in self.store.taken_places} <= kept
        )

    def hold(self, lock: LockInfo, *, own: frozenset[str]) -> None:
        """Hold the lock in each place that Terraform takes it in, or in none.

        :param own: the IDs of locks that count as this one: left over from an interrupted run, or a note that says
            that the state went where it now comes back from.
        :raises store.failures.LockedError: where somebody else holds it, or all places have fences.
        :raises statectl.move.outcome.RefusedError: where a note says that its state went elsewhere.
        """
        before = self.store.locks(self.key)
        for held in before:
            if not held.is_fence and held.id not in own:
                raise refusal(held)
        fenced = {held.kind for held in before if held.is_fence}
        there = {held.kind: held for held in before if not held.is_fence}
        places = [place for place in self.store.taken_places if place.kind not in fenced]
        if not places:
            raise LockedError(f"{self.url} is not locked in the {' and '.join(sorted(fenced))} any more")
        try:
            for place in places:
                if place.kind not in there:
                    self.taken.append(place.take(self.key, lock))
        except StoreFailureError:
            # Looked for, since the answer to its taking may have been what was lost.
            found = self.store.locks(self.key)
            self.store.free_lock([one for one in found if one.id == lock.id and one.kind not in there])
            self.taken.clear()
            raise
        self.held = [*there.values(), *self.taken]

    def free(self) -> None:
        """Free all that is held."""
        self.store.free_lock(self.held)
        self.held, self.taken = [], []

    def let_go(self, lock_id: str) -> None:
        """Free what is held by this ID, whichever run took it, and leave the rest as it was found."""
        self.store.free_lock([one for one in self.held if one.id == lock_id])
        self.held, self.taken = [], []

    def let_go_taken(self) -> None:
        """Free what was not held before this run."""
        self.store.free_lock(self.taken)
        self.held, self.taken = [], []

    def digest(self) -> str | None:
        """The digest in its table; ``None`` where there is none, or a fence says that nobody keeps it right."""
        table = self.store.table
        return table.digest(self.key) if table is not None and self.keeps_digest else None

    def write_digest(self, value: str, *, replacing: str | None) -> None:
        """Say in its table which state Terraform must find, where the table is used."""
        if self.store.table is not None and self.keeps_digest and value != replacing:
            self.store.table.write_digest(self.key, value, replacing=replacing)

    @property
    def keeps_digest(self) -> bool:
        """Whether its lock is held in the table too."""
        return any(held.kind is LockKind.TABLE for held in self.held)


def refusal(held: Held) -> LockedError | RefusedError:
    """Why somebody is kept out by this lock; of a note, that no waiting ends it."""
    info = held.info
    if held.is_note and info is not None:
        where = info.info.partition(". Do not")[0]
        return RefusedError(f"{held.key} {where}; statectl move release ends that note")
    return LockedError(f"{held.key}: {locked_by(held)}")


def returns(source: End, target: End) -> str:
    """The ID of the note at the target that says that its state went to the source."""
    return note_id(target.url, source.url)

"""What a state moves from: a key of a backend, or a local file; the same steps on either."""

from typing import Protocol

from statectl.move.end import End, returns
from statectl.move.local_file import LocalFile
from statectl.move.notes import note, note_id, working_lock
from statectl.move.outcome import RefusedError
from statectl.own_lock import own_lock
from statectl.states.listing import DigestCheck, check_digest
from statefile.lock import LockInfo
from statefile.moved import note_of
from store.failures import LockedError, NotThereError
from store.held import LockKind


class Source(Protocol):
    """Where one state comes from."""

    @property
    def url(self) -> str:
        """Its name."""

    def read(self) -> bytes:
        """The state, as it is."""

    def check(self, body: bytes, *, keep: bool) -> None:
        """See that these bytes are the state that Terraform would find here, and that a note can be left.

        :raises statectl.move.outcome.RefusedError: where they are not, or it cannot.
        """

    def is_noted(self, target: End) -> bool:
        """Whether what is here says that the state went to the target, to all who come."""

    def others(self, target: End, *, keep: bool) -> LockedError | RefusedError | None:
        """Who else holds its lock."""

    def hold(self, target: End, *, keep: bool) -> None:
        """Hold its lock."""

    def leave_note(self, target: End) -> None:
        """Say where the state went, if nothing says so yet; before anybody else is let at the target."""

    def end(self, *, keep: bool) -> None:
        """Free what is not to stay."""

    def let_go(self, *, ever_moved: bool) -> None:
        """Free what was taken for a move that does not take place.

        :param ever_moved: whether an earlier one did.
        """

    def goes_back_to(self, target: End) -> frozenset[str]:
        """The IDs of locks at the target that give way to what comes from here."""


class KeySource:
    """A key of a backend.

    :param end: it.
    """

    def __init__(self, end: End) -> None:
        self._end = end

    @property
    def url(self) -> str:
        """Its name, with the bucket."""
        return self._end.url

    def read(self) -> bytes:
        """The state.

        :raises store.failures.NotThereError: where there is none.
        """
        found = self._end.find()
        if found is None:
            raise NotThereError(f"there is no state at {self.url}")
        return found.body

    def check(self, body: bytes, *, keep: bool) -> None:
        """As Terraform does, by the digest.

        :raises statectl.move.outcome.RefusedError: where the table recognises another state.
        """
        table, key = self._end.store.table, self._end.key
        if table is None or any(
            held.is_fence and held.kind is LockKind.TABLE for held in self._end.store.locks(key)
        ):
            return
        if check_digest(table.digest(key), body) is DigestCheck.DIFFERS:
            raise RefusedError(
                f"the digest of {self.url} in table {table.name} is of another state; statectl recover {key}"
            )

    def is_noted(self, target: End) -> bool:
        """Whether the note is in each place."""
        return self._end.is_kept_by(note_id(self.url, target.url))

    def others(self, target: End, *, keep: bool) -> LockedError | RefusedError | None:
        """Who holds its lock that is not this move."""
        return self._end.others(frozenset({self._lock(target, keep=keep).id}))

    def hold(self, target: End, *, keep: bool) -> None:
        """Hold it with the note at once, so that what stays needs no second step; or with a lock that goes."""
        lock = self._lock(target, keep=keep)
        self._end.hold(lock, own=frozenset({lock.id}))

    def leave_note(self, target: End) -> None:
        """Its lock is the note."""

    def end(self, *, keep: bool) -> None:
        """Free the lock, unless it is the note."""
        if keep:
            self._end.free()

    def let_go(self, *, ever_moved: bool) -> None:
        """Free what this run took; and what an interrupted one did, unless it came to its end."""
        if ever_moved:
            self._end.let_go_taken()
        else:
            self._end.free()

    def goes_back_to(self, target: End) -> frozenset[str]:
        """The note that says that the state came here from there."""
        return frozenset({returns(self._end, target)})

    def _lock(self, target: End, *, keep: bool) -> LockInfo:
        bucket, key = self._end.store.location.bucket, self._end.key
        if keep:
            return working_lock(bucket, key, self.url, target.url)
        return note(bucket, key, target.url, target.region)


class LocalSource:
    """A local state file.

    :param file: it.
    """

    def __init__(self, file: LocalFile) -> None:
        self._file = file

    @property
    def url(self) -> str:
        """Its name, from the root on."""
        return self._file.url

    def read(self) -> bytes:
        """What it holds; behind a note, what it held.

        :raises store.failures.NotThereError: where there is none.
        """
        try:
            body = self._file.read()
            return body if note_of(body) is None else self._file.kept.read_bytes()
        except FileNotFoundError as error:
            raise NotThereError(f"there is no {error.filename}") from error

    def check(self, body: bytes, *, keep: bool) -> None:
        """See that nothing else would be written over.

        :raises statectl.move.outcome.RefusedError: where what an earlier state left has the name that it gets.
        """
        if not keep:
            self._file.refuse_other_kept(body)

    def is_noted(self, target: End) -> bool:
        """Whether a note took its place.

        :raises statectl.move.outcome.RefusedError: where it names another place.
        """
        where = self._file.moved_to()
        if where not in {None, target.url}:
            raise RefusedError(f"{self._file.path} moved to {where} already")
        return where is not None

    def others(self, target: End, *, keep: bool) -> LockedError | RefusedError | None:
        """Who holds its lock that is not this move."""
        return self._file.others(frozenset({self._lock(target).id}))

    def hold(self, target: End, *, keep: bool) -> None:
        """Lock the file as Terraform does."""
        self._file.hold(self._lock(target))

    def leave_note(self, target: End) -> None:
        """Put the note in its place."""
        self._file.leave_note(target.url, target.region)

    def end(self, *, keep: bool) -> None:
        """Free the file."""
        self._file.let_go()

    def let_go(self, *, ever_moved: bool) -> None:
        """Free the file."""
        self._file.let_go()

    def goes_back_to(self, target: End) -> frozenset[str]:
        """None: a note at the target says that its state is in another bucket or key."""
        return frozenset()

    def _lock(self, target: End) -> LockInfo:
        lock = working_lock("", self.url, self.url, target.url)
        return own_lock("", self.url, operation=lock.operation, info=lock.info, resumed=lock.id)

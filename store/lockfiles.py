"""Lockfiles: objects beside the states, taken with ``If-None-Match`` (Terraform 1.10 and later)."""

from collections.abc import Iterator

from statefile.keys import lockfile_key, state_of_lockfile
from statefile.lock import LockInfo, render_lock
from store.bucket import Bucket, Content
from store.failures import ChangedMeanwhileError, LockedError
from store.held import Held, LockKind
from store.parallel import in_order


class Lockfiles:
    """The lockfiles of one bucket."""

    kind = LockKind.LOCKFILE

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def all(self, prefix: str = "") -> Iterator[Held]:
        """Every lockfile whose state's key starts with ``prefix``: a listing, and a read for each."""
        keys = (found.key for found in self._bucket.objects(prefix) if state_of_lockfile(found.key) is not None)
        for held in in_order(self._read_at, keys):
            if held is not None:
                yield held

    def read(self, key: str) -> Held | None:
        """The lockfile of the state at ``key``; ``None`` where nobody holds it."""
        return self._read_at(lockfile_key(key))

    def take(self, key: str, info: LockInfo) -> Held:
        """Take the lock.

        :raises store.failures.LockedError: where somebody holds it.
        """
        try:
            written = self._bucket.write(lockfile_key(key), render_lock(info), replacing=None)
        except ChangedMeanwhileError as error:
            raise LockedError(f"somebody holds the lockfile of {key}") from error
        return Held(kind=self.kind, key=key, text=render_lock(info), mark=written.etag)

    def free(self, held: Held) -> None:
        """Delete this lock and no newer one. Gone already is fine.

        :raises store.failures.ChangedMeanwhileError: where another lock is there.
        """
        self._bucket.delete(lockfile_key(held.key), etag=held.mark)

    def _read_at(self, key: str) -> Held | None:
        content = self._bucket.find(key)
        return self._held(content) if content is not None else None

    def _held(self, content: Content) -> Held:
        key = state_of_lockfile(content.key)
        assert key is not None  # noqa: S101
        return Held(kind=self.kind, key=key, text=content.body, mark=content.etag)

"""Takes and frees a real lock, on a key of its own that no state has, and tries to break in while it is held."""

import uuid
from collections.abc import Callable

from statectl.doctor.finding import Check, Examination, Finding, not_checked, problem
from statectl.own_lock import own_lock
from statectl.talk import say
from statefile.keys import lockfile_key
from statefile.lock import LockInfo, render_lock
from statefile.state import digest
from store.failures import DeniedError, LockedError, StoreFailureError
from store.held import Held, LockKind
from store.lock_table import LockTable
from store.store import Store

FOLDER = "statectl-probe"
"""Where the keys are that are probed with; nothing stays there but noncurrent versions, which expire."""


class Probe:
    """One attempt, on a key that nobody else has."""

    def __init__(self, store: Store) -> None:
        self.key = f"{FOLDER}/{uuid.uuid4()}/terraform.tfstate"
        self._store = store
        self._checks: list[Check] = []
        self._findings: list[Finding] = []
        self._failures: list[StoreFailureError] = []

    def examine(self) -> Examination:
        """Try everything, and leave nothing behind, whatever happens."""
        try:
            if self._step("probe.lock", self._take):
                for held in self._store.locks(self.key):
                    self._step("probe.exclusive", lambda held=held: self._take_again(held))  # type: ignore[misc]
                if self._store.location.lock.uses_lockfile:
                    self._step("probe.overwrite", self._overwrite)
                table = self._store.table
                if table is not None:
                    self._step("probe.digest", lambda: self._use_digest(table))
                self._step("probe.free", self._free)
        finally:
            self._leave_nothing()
        return Examination(
            checks=list(dict.fromkeys(self._checks)),
            findings=self._findings,
            failures=self._failures,
            answered=len(self._failures) < len(self._checks),
        )

    def _take(self) -> None:
        self._store.take_lock(self.key, self._lock())

    def _take_again(self, held: Held) -> None:
        place = self._store.table if held.kind is LockKind.TABLE else self._store.lockfiles
        assert place is not None  # noqa: S101 (the lock was read there)
        try:
            place.take(self.key, self._lock())
        except LockedError:
            return
        self._find("probe.exclusive", held.kind, "a refusal: somebody holds it", "the lock was taken twice")

    def _overwrite(self) -> None:
        """As a client would that sets no ``If-None-Match``; the bucket policy refuses it."""
        (etag,) = (held.mark for held in self._store.locks(self.key) if held.kind is LockKind.LOCKFILE)
        try:
            self._store.bucket.write(lockfile_key(self.key), render_lock(self._lock()), replacing=etag)
        except DeniedError:
            return
        self._find("probe.overwrite", "lockfile", "a refusal: DenyLockfileOverwrite", "it was overwritten")

    def _use_digest(self, table: LockTable) -> None:
        value = digest(self.key.encode())
        table.write_digest(self.key, value, replacing=None)
        read = table.digest(self.key)
        table.delete_digest(self.key, value)
        left = table.digest(self.key)
        if (read, left) != (value, None):
            found = f"{read or 'nothing'} when read, {left or 'nothing'} once deleted"
            self._find("probe.digest", "digest", f"{value} when read, nothing once deleted", found)

    def _free(self) -> None:
        self._store.free_lock(self._store.locks(self.key))
        left = ", ".join(held.kind for held in self._store.locks(self.key))
        if left:
            self._find("probe.free", "lock", "no lock any more", f"still held in {left}")

    def _leave_nothing(self) -> None:
        """Take away whatever is at this key, which is ours; one place does not keep another."""

        def free_all() -> None:
            for held in self._store.locks(self.key):
                self._quietly(lambda held=held: self._store.free_lock([held]))  # type: ignore[misc]

        def forget() -> None:
            table = self._store.table
            value = table.digest(self.key) if table is not None else None
            if table is not None and value is not None:
                table.delete_digest(self.key, value)

        self._quietly(free_all)
        self._quietly(forget)

    def _quietly(self, step: Callable[[], None]) -> None:
        try:
            step()
        except StoreFailureError as failure:
            say(f"What the probe wrote at {self.key} may still be there: {failure}")

    def _step(self, id_: str, step: Callable[[], None]) -> bool:
        """Do one step; whether it was done, and found nothing."""
        self._checks.append(self._about(id_))
        before = len(self._findings)
        try:
            step()
        except StoreFailureError as failure:
            self._failures.append(failure)
            self._findings.append(not_checked(self._about(id_), failure, setting=id_.partition(".")[2]))
        return len(self._findings) == before

    def _find(self, id_: str, part: str, expected: str, found: str) -> None:
        setting = id_.partition(".")[2]
        self._findings.append(
            problem(self._about(id_), setting=setting, part=part, expected=expected, found=found)
        )

    def _about(self, id_: str) -> Check:
        location = self._store.location
        return Check(id=id_, region=location.region, resource=location.bucket)

    def _lock(self) -> LockInfo:
        bucket = self._store.location.bucket
        return own_lock(bucket, self.key, operation="statectl doctor --probe", info="locks nothing; frees itself")

"""Looks at what the backend holds: each state once, the locks and digests beside it, and what does not belong.

One listing of each bucket, one scan of the lock table, one read for each state. Both listings come in the order
of the keys, so that they are compared as they come; of what is in order nothing is kept but locks and digests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from settings.own_state import OWN_STATE_PREFIX
from statectl.doctor.finding import Check, Examination, Finding, not_checked, problem
from statectl.doctor.locks import Locks
from statectl.doctor.replicas import Replicas, why_not_replicated
from statectl.doctor.rules import CONTENTS
from statectl.doctor.settings import Wanted
from statectl.doctor.state_reading import ReadState, StateReader
from statectl.known_backend import KnownBackend
from statectl.own_prefix import OWN_PREFIX
from statectl.progress import watched
from statectl.states.listing import DigestCheck, check_digest, is_state
from statectl.text import moment
from statefile.keys import split_workspace, state_of_lockfile
from statefile.state import digest
from store.bucket import StoredObject, StoredVersion
from store.failures import DeniedError, NotThereError, StoreFailureError
from store.held import LockKind
from store.parallel import in_order
from store.store import Store

_OF_TABLE = ("state.digest", "digest.stray")
_BY_SCAN = (*_OF_TABLE, "lock.old", "lock.stray")
_OF_STATES = ("state.unreadable", "state.digest", "state.unreplicated")


class Contents:
    """The contents of one backend, while they are looked at.

    :param elsewhere: whether another region writes the state at a key: its locks, digest and replica are looked at
        there.
    """

    def __init__(
        self,
        backend: KnownBackend,
        store: Store,
        replica: Store | None,
        wanted: Wanted,
        *,
        elsewhere: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._backend, self._store, self._wanted = backend, store, wanted
        self._elsewhere = elsewhere
        self._now = datetime.now(UTC)
        self._locks = Locks()
        self._replicas = Replicas(replica.bucket) if replica is not None and wanted("state.unreplicated") else None
        self._missing = {key for key in backend.expected or () if not elsewhere(key)}
        self._suspects: list[str] = []
        self._findings: list[Finding] = []
        self._failures: list[StoreFailureError] = []
        self._failed_reads: dict[str, tuple[StoreFailureError, str, int]] = {}
        self._answered = False
        self._fenced: set[str] = set()

    def examine(self) -> Examination:
        """Look at everything."""
        table = self._store.table
        if table is not None and any(map(self._wanted, _BY_SCAN)):
            self._try(lambda: self._locks.scan(table), _BY_SCAN)
        if self._try(self._walk, tuple(CONTENTS)):
            self._look_for_deleted()
            if self._try(self._find_fences, ("lock.old", "lock.stray")):
                self._look_at_locks()
            self._look_at_digests()
        self._say_what_was_not_read()
        checks = [self._about(id_) for id_ in self._asked(CONTENTS)]
        return Examination(
            checks=checks, findings=self._findings, failures=self._failures, answered=self._answered
        )

    def _walk(self) -> None:
        """Every object as it is listed, and every state as it is read."""
        reader = StateReader(self._store.bucket)
        read = in_order(lambda question: reader.read(*question), self._states())
        for state in watched(read, "states"):
            if state is not None:
                self._look_at(state)

    def _states(self) -> Iterator[tuple[StoredObject, str | None]]:
        """The states among the objects, each with the digest that the table remembers."""
        reads = any(map(self._wanted, _OF_STATES))
        for found in self._store.bucket.objects():
            self._answered = True
            locked = state_of_lockfile(found.key)
            if locked is not None:
                self._locks.pass_lockfile(found, locked)
                continue
            remembered = self._locks.pass_by(found.key)
            self._missing.discard(found.key)
            if self._belongs(found.key) or self._elsewhere(found.key):
                continue
            if not is_state(self._backend, found.key):
                self._find("object.unexpected", found.key, "states and lockfiles alone", "another object")
                continue
            _, own = split_workspace(found.key, prefix=self._backend.location.workspace_prefix)
            if own not in (self._backend.expected or ()):
                self._find("state.unexpected", found.key, "a state that the stack expects", "another state")
            if reads:
                yield found, remembered

    def _belongs(self, key: str) -> bool:
        """Whether it is expected though no state: ``statectl``'s own, and Pulumi's where the stack says so."""
        settings = self._backend.settings
        keeps = settings is None or settings.pulumi_state
        return key.startswith(OWN_PREFIX) or (keeps and key.startswith(OWN_STATE_PREFIX))

    def _look_at(self, state: ReadState) -> None:
        if state.failure is not None:
            action = (
                state.failure.action if isinstance(state.failure, DeniedError) else type(state.failure).__name__
            )
            first, key, count = self._failed_reads.get(action, (state.failure, state.key, 0))
            self._failed_reads[action] = (first, key, count + 1)
            return
        if state.problem is not None:
            self._find("state.unreadable", state.key, "a state", f"it {state.problem}")
        if state.digest is DigestCheck.DIFFERS:
            self._suspects.append(state.key)
        if self._replicas is not None:
            why = why_not_replicated(state, self._replicas, self._now)
            if why is not None:
                self._find("state.unreplicated", state.key, f"the same state in {self._replicas.name}", why)

    def _look_for_deleted(self) -> None:
        """Expected states that are not there: never written is fine, deleted is not."""

        def newest(key: str) -> StoredVersion | None:
            return next(self._store.bucket.versions_of(key), None)

        def look() -> None:
            for version in in_order(newest, sorted(self._missing)):
                if version is not None and version.latest and version.deleted:
                    since = f"deleted at {moment(version.modified)}"
                    self._find("state.deleted", version.key, "a state", since)

        if self._wanted("state.deleted"):
            self._try(look, ("state.deleted",))

    def _find_fences(self) -> None:
        """Which of the lockfiles that are old, or lock no state, are held for good; a listing does not say so."""
        lockfiles = self._store.lockfiles
        suspects = [
            key
            for key, lock in sorted(self._locks.taken.items())
            if lock.places == [LockKind.LOCKFILE] and (lock.is_old(self._now) or not lock.has_state)
        ]
        if any(map(self._wanted, ("lock.old", "lock.stray"))):
            found = in_order(lockfiles.read, suspects)
            self._fenced = {held.key for held in found if held and (held.is_fence or held.is_note)}

    def _look_at_locks(self) -> None:
        for key, lock in sorted(self._locks.taken.items()):
            if self._elsewhere(key) or key in self._fenced:
                continue
            if lock.is_old(self._now):
                self._find("lock.old", key, "no lock, or one that is younger than a day", lock.in_words())
            elif not lock.has_state:
                self._find("lock.stray", key, "no lock where there is no state", lock.in_words())

    def _look_at_digests(self) -> None:
        """What did not match is asked for once more: somebody may have written it between the two first looks."""
        table, bucket = self._store.table, self._store.bucket
        if table is None:
            return

        def look() -> None:
            stray = (key for key in sorted(self._locks.digests) if not self._elsewhere(key))
            for key in (*self._suspects, *stray):
                remembered = table.digest(key)
                try:
                    body = bucket.read(key).body
                except NotThereError:
                    if remembered:
                        self._find("digest.stray", key, "a state", f"the digest {remembered} alone")
                    continue
                if check_digest(remembered, body) is DigestCheck.DIFFERS:
                    self._find("state.digest", key, f"MD5 {remembered}", f"MD5 {digest(body)}")

        self._try(look, _OF_TABLE)

    def _say_what_was_not_read(self) -> None:
        for failure, key, count in self._failed_reads.values():
            more = f" (the first of {count} states)" if count > 1 else ""
            self._failures.append(failure)
            self._not_checked(_OF_STATES, failure, found=f"{key}: {failure}{more}")
        if self._replicas is not None and self._replicas.failure is not None:
            self._failures.append(self._replicas.failure)
            self._not_checked(("state.unreplicated",), self._replicas.failure)

    def _try(self, step: Callable[[], None], tells: Iterable[str]) -> bool:
        """Do one step; what it would have told is not checked where it fails."""
        try:
            step()
        except StoreFailureError as failure:
            self._failures.append(failure)
            self._not_checked(tells, failure)
            return False
        self._answered = True
        return True

    def _asked(self, ids: Iterable[str]) -> list[str]:
        """Those ids that somebody wants to know about, and that this backend has anything of."""
        lacking = set(_OF_TABLE if self._store.table is None else ())
        lacking |= set() if self._backend.replica else {"state.unreplicated"}
        return [id_ for id_ in ids if self._wanted(id_) and id_ not in lacking]

    def _find(self, id_: str, key: str, expected: str, found: str) -> None:
        if self._wanted(id_):
            self._findings.append(
                problem(self._about(id_, key), setting=id_.partition(".")[2], expected=expected, found=found)
            )

    def _not_checked(self, ids: Iterable[str], failure: StoreFailureError, *, found: str = "") -> None:
        self._findings += [
            not_checked(self._about(id_), failure, setting=id_.partition(".")[2], found=found)
            for id_ in self._asked(ids)
        ]

    def _about(self, id_: str, key: str | None = None) -> Check:
        location = self._store.location
        return Check(id=id_, region=location.region, resource=key or location.bucket)

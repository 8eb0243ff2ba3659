"""Moves the locks of one state from one place to the other, under both of them.

To lockfiles: the lockfile is taken, then the table's item as a fence that stays; the digest goes, since nobody
keeps it right from now on; the lockfile is freed. Back: under the lockfile the digest is written as the state is
now, so that clients of the table take it, and only then the fence goes. To the table: the lockfile is taken as a
fence that stays, then the item; the digest is looked at, the item freed.

Each step can be repeated: the locks that are held meanwhile have the same ID each time, so that a run that was
killed is taken up by the next one, and keeps everybody out until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from settings.model import Lock
from statectl.failover.own_locks import locked_by
from statectl.move.lock_evidence import LastWriter, knows_lockfiles, last_writer
from statectl.move.lock_fence import fence_lock, working_lock
from statectl.move.lock_reading import read_evidence
from statectl.states.listing import DigestCheck, check_digest
from statectl.talk import say
from statefile.fence import Fence
from statefile.lock import LockInfo
from statefile.state import UnreadableStateError, digest, parse_state
from store.bucket import Content
from store.failures import ChangedMeanwhileError, LockedError, StoreFailureError
from store.held import Held, LockKind
from store.lock_table import LockTable
from store.lockfiles import Lockfiles
from store.store import Store

FENCES = {Lock.LOCKFILE: Fence.TABLE, Lock.DYNAMODB: Fence.LOCKFILE}
"""What keeps the other clients out where only one lock is left."""


class Outcome(StrEnum):
    """What became of the lock of a state."""

    MOVED = "moved"
    """Its locks are where they should be now; with ``--dry-run``, they would be."""
    THERE = "there"
    """They were before."""
    STAYS = "stays"
    """Its last writer does not use the lock that would be left, or nothing tells; nothing was changed."""
    LOCKED = "locked"
    """Somebody holds its lock; nothing was changed."""
    FAILED = "failed"
    """It could not be done."""

    @property
    def is_well(self) -> bool:
        """Whether its locks are where they should be."""
        return self in {Outcome.MOVED, Outcome.THERE}


@dataclass(frozen=True, kw_only=True, slots=True)
class LockMove:
    """What became of the lock of one state.

    :param key: its key.
    :param outcome: ``moved``, ``there``, ``stays``, ``locked`` or ``failed``.
    :param used: the locks that its last writer took: ``both``, ``lockfile``, ``table``, ``none``, or ``unknown``;
        empty where there is no state, or nobody asked.
    :param terraform_version: of Terraform or OpenTofu that wrote it last; empty where there is no state.
    :param modified: when that was; ``null`` where there is no state.
    :param detail: what else there is to say.
    """

    key: str
    outcome: Outcome
    used: str = ""
    terraform_version: str = ""
    modified: datetime | None = None
    detail: str = ""


class _StaysError(Exception):
    """What is found under the locks is not what was decided on."""


@dataclass(frozen=True, kw_only=True)
class LockMover:
    """Moves locks; safe to share between threads, each of which is about other keys.

    :param store: the first region, with both places.
    :param second: the second region's table, where there is one: nobody writes there meanwhile.
    :param table: the lock table.
    :param to: where the locks go.
    :param fenced: by key, the fences that were there as it began.
    :param sure: the keys of which somebody says that their clients can take the step.
    :param from_lockfile: whether the stack locked with lockfiles alone until now, so that digests are old.
    """

    store: Store
    second: Store | None
    table: LockTable
    to: Lock
    fenced: Mapping[str, frozenset[LockKind]]
    sure: frozenset[str] | None
    from_lockfile: bool

    def forecast(self, key: str) -> LockMove:
        """What would become of one state; nothing is changed."""
        try:
            content = self.store.bucket.find(key)
            held = [one for one in self.store.locks(key) if not one.is_fence]
            if held and not all(one.id == self._working(key).id for one in held):
                return self._row(key, content, Outcome.LOCKED, detail=str(locked_by(held[0])))
            if self.to is Lock.BOTH:
                return self._forecast_both(key, content)
            fence = FENCES[self.to]
            if _place(fence) in self.fenced.get(key, frozenset()):
                return self._row(key, content, Outcome.THERE, detail=self._unfinished(key))
            writer = self._writer(key, content)
            outcome = Outcome.MOVED if self._may_step(key, writer) else Outcome.STAYS
            return self._row(key, content, outcome, writer)
        except StoreFailureError as error:
            return LockMove(key=key, outcome=Outcome.FAILED, detail=str(error))

    def move(self, planned: LockMove) -> LockMove:
        """Move the lock of one state; whatever stops it is its outcome."""
        key = planned.key
        steps = {Lock.LOCKFILE: self._to_lockfile, Lock.DYNAMODB: self._to_table, Lock.BOTH: self._to_both}
        try:
            done = steps[self.to](key)
        except LockedError as error:
            return replace(planned, outcome=Outcome.LOCKED, detail=str(error))
        except _StaysError as error:
            return replace(planned, outcome=Outcome.STAYS, detail=str(error))
        except StoreFailureError as error:
            return replace(planned, outcome=Outcome.FAILED, detail=str(error))
        return replace(planned, outcome=Outcome.MOVED if done else Outcome.THERE)

    def _to_lockfile(self, key: str) -> bool:
        before = self.table.read(key)
        if before is not None and before.is_fence and self.table.digest(key) is None:
            freed = self._free_left_over(self.store.lockfiles, key)
            return self._fence_second(key) or freed
        lockfile = _take(self.store.lockfiles, key, self._working(key))
        try:
            fence = _take(self.table, key, fence_lock(Fence.TABLE, self._bucket, key))
            if before is None:
                self._decide_again(key, self.table, fence)
            remembered = self.table.digest(key)
            if remembered is not None:
                self.table.delete_digest(key, remembered)
            self._make_sure(key, self.table, fence)
        finally:
            self._free(self.store.lockfiles, lockfile)
        self._fence_second(key)
        return True

    def _to_table(self, key: str) -> bool:
        before = self.store.lockfiles.read(key)
        if before is not None and before.is_fence and self._is_recognised(key, self.store.bucket.find(key)):
            return self._free_left_over(self.table, key)
        fence = _take(self.store.lockfiles, key, fence_lock(Fence.LOCKFILE, self._bucket, key))
        try:
            item = _take(self.table, key, self._working(key))
        except StoreFailureError:
            self._free(self.store.lockfiles, fence)
            raise
        try:
            self._decide_again(key, self.store.lockfiles, fence)
            self._make_sure(key, self.store.lockfiles, fence)
        finally:
            self._free(self.table, item)
        return True

    def _to_both(self, key: str) -> bool:
        fences = self.fenced.get(key, frozenset())
        if not fences and self._is_recognised(key, self.store.bucket.find(key)):
            freed = [self._free_left_over(place, key) for place in (self.table, self.store.lockfiles)]
            return self._unfence_second(key) or any(freed)
        working = self._working(key)
        held: list[tuple[Lockfiles | LockTable, Held]] = []
        try:
            for place in (self.store.lockfiles, self.table):
                if place.kind not in fences:
                    held.append((place, _take(place, key, working)))
            self._remember(key, explained=LockKind.TABLE in fences or self.from_lockfile)
            for place in (self.store.lockfiles, self.table):
                fence = place.read(key)
                if fence is not None and fence.is_fence:
                    place.free(fence)
        finally:
            for place, one in reversed(held):
                self._free(place, one)
        self._unfence_second(key)
        return True

    def _remember(self, key: str, *, explained: bool) -> None:
        """Let the table recognise the state as it is, under the lock.

        :param explained: whether it is known why the digest may be of another state: lockfiles alone were taken.
        """
        content, remembered = self.store.bucket.find(key), self.table.digest(key)
        value = digest(content.body) if content is not None else None
        if value == remembered:
            return
        if not explained and remembered is not None and content is not None:
            writer = last_writer(read_evidence(self.store, self.table, key, content))
            if writer.lockfile is not True:
                raise _StaysError(
                    f"the digest is of another state, and no lockfile tells why ({writer.why}); "
                    "see statectl recover"
                )
        if value is None:
            self.table.delete_digest(key, remembered or "")
        else:
            self.table.write_digest(key, value, replacing=remembered)
        if self.table.digest(key) != value:
            raise ChangedMeanwhileError(f"the digest of {key} is not what was written: somebody else writes it")

    def _is_recognised(self, key: str, content: Content | None) -> bool:
        remembered = self.table.digest(key)
        if content is None:
            return remembered is None
        return check_digest(remembered, content.body) is not DigestCheck.DIFFERS and remembered is not None

    def _decide_again(self, key: str, place: Lockfiles | LockTable, fence: Held) -> None:
        """Now that nobody can write: whether the last writer still is one that can take the step."""
        try:
            writer = self._writer(key, self.store.bucket.find(key))
        except StoreFailureError:
            self._free(place, fence)
            raise
        if not self._may_step(key, writer):
            self._free(place, fence)
            raise _StaysError(f"somebody wrote it meanwhile: {writer.why}")

    def _make_sure(self, key: str, place: Lockfiles | LockTable, fence: Held) -> None:
        there = place.read(key)
        if there is None or there.id != fence.id:
            raise ChangedMeanwhileError(f"the fence of {key} in the {place.kind} is gone: somebody broke it")

    def _writer(self, key: str, content: Content | None) -> LastWriter:
        return last_writer(read_evidence(self.store, self.table, key, content))

    def _may_step(self, key: str, writer: LastWriter) -> bool:
        return self.sure is None or key in self.sure or writer.can_step_to(self.to)

    def _forecast_both(self, key: str, content: Content | None) -> LockMove:
        fences = self.fenced.get(key, frozenset())
        writer = self._writer(key, content)
        if fences or not self._is_recognised(key, content):
            return self._row(key, content, Outcome.MOVED, writer)
        return self._row(key, content, Outcome.THERE, writer, self._unfinished(key))

    def _unfinished(self, key: str) -> str:
        own = [one for one in self.store.locks(key) if one.id == self._working(key).id]
        return "a run that was interrupted holds its lock" if own else ""

    def _row(
        self,
        key: str,
        content: Content | None,
        outcome: Outcome,
        writer: LastWriter | None = None,
        detail: str = "",
    ) -> LockMove:
        version = _version(content)
        remarks = [detail or (writer.why if writer and outcome is Outcome.STAYS else "")]
        if self.to is Lock.BOTH and knows_lockfiles(version) is False:
            remarks.append(
                f"{version} knows no lockfiles: its clients stay with the table until they are upgraded"
            )
        return LockMove(
            key=key,
            outcome=outcome,
            used=writer.used if writer else "",
            terraform_version=version,
            modified=content.modified if content else None,
            detail="; ".join(filter(None, remarks)),
        )

    def _fence_second(self, key: str) -> bool:
        """Nobody writes there before a failover; then a client of the table must find the fence."""
        if self.second is None or self.second.table is None:
            return False
        there = self.second.table.read(key)
        if there is None:
            _take(self.second.table, key, fence_lock(Fence.TABLE, self.second.location.bucket, key))
        elif not there.is_fence:
            raise locked_by(there)
        remembered = self.second.table.digest(key)
        if remembered is not None:
            self.second.table.delete_digest(key, remembered)
        return there is None or remembered is not None

    def _unfence_second(self, key: str) -> bool:
        """A failover writes the digest there, before anybody can look at it."""
        there = self.second.table.read(key) if self.second and self.second.table else None
        if there is None or not there.is_fence or self.second is None:
            return False
        self.second.free_lock([there])
        return True

    def _free_left_over(self, place: Lockfiles | LockTable, key: str) -> bool:
        """The lock of a run that was killed after all was done."""
        left = place.read(key)
        if left is None or left.id != self._working(key).id:
            return False
        place.free(left)
        return True

    def _free(self, place: Lockfiles | LockTable, held: Held) -> None:
        try:
            place.free(held)
        except StoreFailureError as error:
            say(f"The lock {held.id} of {held.key} may still be held: {error}. Run the same command again.")

    def _working(self, key: str) -> LockInfo:
        return working_lock(self._bucket, key)

    @property
    def _bucket(self) -> str:
        return self.store.location.bucket


def _take(place: Lockfiles | LockTable, key: str, lock: LockInfo) -> Held:
    """Take a lock, or find that it is held already by this very ID.

    :raises store.failures.LockedError: where somebody else holds it.
    """
    try:
        return place.take(key, lock)
    except LockedError:
        there = place.read(key)
        if there is None:
            raise
        if there.id != lock.id:
            raise locked_by(there) from None
        return there


def _place(fence: Fence) -> LockKind:
    return LockKind.TABLE if fence is Fence.TABLE else LockKind.LOCKFILE


def _version(content: Content | None) -> str:
    try:
        return parse_state(content.body).terraform_version if content else ""
    except UnreadableStateError:
        return ""

"""Moves the writing of one state from one region to the other: what is newest is there, recognised and unlocked.

Every step can be repeated: a run that was interrupted does them again. Nothing is overwritten but what was read,
and the version that a write replaces stays.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from statectl.failover.holding import Holding
from statectl.failover.inventory import Inventory
from statectl.failover.own_locks import is_ours, locked_by
from statectl.failover.record import Direction, MovedState, Record, Run
from statefile.state import State, UnreadableStateError, digest, parse_state
from store.bucket import Content
from store.failures import ChangedMeanwhileError, LockedError, StoreFailureError
from store.held import Held, LockKind
from store.store import Store


class Outcome(StrEnum):
    """What became of a state."""

    MOVED = "moved"
    """The region that it goes to had the newest already."""
    BROUGHT = "brought"
    """It was behind there, and what it lacked was brought over."""
    UNCOMPARED = "uncompared"
    """It moved as it was there; the region that it left could not be asked whether that was its newest."""
    ABSENT = "absent"
    """There is no such state, or it was deleted: whoever makes it makes it in the other region."""
    THERE = "there"
    """It had moved before."""
    LOCKED = "locked"
    """Somebody holds its lock; it did not move."""
    UNREADABLE = "unreadable"
    """It is no state in the region that it should leave; it did not move."""
    DIVERGED = "diverged"
    """The region that it goes to has work that the other never saw; it did not move."""
    FAILED = "failed"
    """AWS did not do what was asked; it did not move."""

    @property
    def moved(self) -> bool:
        """Whether the region that it goes to writes it now."""
        return self in {
            *(Outcome.MOVED, Outcome.BROUGHT, Outcome.UNCOMPARED, Outcome.ABSENT, Outcome.THERE),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveOfState:
    """What became of one state.

    :param key: its key.
    :param outcome: what became of it.
    :param serial: the serial that it has where it is written now; ``null`` where there is no state.
    :param behind: how many serials were brought over, or are missing; ``null`` where that cannot be counted.
    :param broke: whose locks were broken for it.
    :param detail: what else there is to say.
    :param digest: what the lock table keeps of it now.
    :param version_id: the version that was newest in the region that it left.
    """

    key: str
    outcome: Outcome
    serial: int | None = None
    behind: int | None = None
    broke: tuple[str, ...] = ()
    detail: str = ""
    digest: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A state on both sides.

    :param newest: what the target must have; ``None`` where it must have none.
    :param there: what it has.
    """

    newest: Content | None
    there: Content | None
    outcome: Outcome
    behind: int | None = None


class _NotMovedError(Exception):
    def __init__(self, outcome: Outcome, detail: str, *, behind: int | None = None) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.behind = behind


@dataclass(frozen=True, kw_only=True)
class Mover:
    """Moves states in one direction; safe to share between threads.

    :param source: the region that they leave.
    :param reachable: whether it can be asked.
    :param target: the region that they go to.
    :param left: what the source holds.
    :param there: what the target holds.
    :param record: what was moved before.
    :param run: the run that this is.
    :param holding: the locks that are held in the source.
    :param discard: whether work of the target that the source never had gives way; it stays as a version.
    :param to_free: by key, the locks in the target of what was moved; they go once it may be written there.
    """

    source: Store
    reachable: bool
    target: Store
    left: Inventory
    there: Inventory
    record: Record
    run: Run
    holding: Holding
    discard: bool
    to_free: dict[str, tuple[Held, ...]] = field(default_factory=dict)

    def move(self, key: str) -> MoveOfState:
        """Move one state; whatever stops it is its outcome."""
        broke: list[Held] = []
        try:
            return self._move(key, broke)
        except _NotMovedError as stopped:
            self.holding.let_go(key)
            outcome, behind = stopped.outcome, stopped.behind
            return MoveOfState(key=key, outcome=outcome, detail=str(stopped), behind=behind, broke=_holders(broke))
        except LockedError as error:
            self.holding.let_go(key)
            return MoveOfState(key=key, outcome=Outcome.LOCKED, detail=str(error), broke=_holders(broke))
        except StoreFailureError as error:
            return MoveOfState(key=key, outcome=Outcome.FAILED, detail=str(error), broke=_holders(broke))

    def settle(self, key: str) -> MoveOfState:
        """Keep out of the source whoever still writes a state that moved before, and say what never arrived."""
        before, broke, remarks = self.record.moved.get(key), list[Held](), list[str]()
        if self.reachable:
            try:
                remarks += self._missing(key)
                broke += self.holding.take(key)
            except LockedError as error:
                # The bucket's policy refuses what its holder would write.
                remarks.append(f"in {self.source.location.region} {error}, and is refused")
            except StoreFailureError as error:
                remarks.append(str(error))
        return MoveOfState(
            key=key,
            outcome=Outcome.THERE,
            serial=before.serial if before else None,
            broke=_holders(broke),
            detail="; ".join(remarks),
            digest=before.digest if before else None,
        )

    def _missing(self, key: str) -> list[str]:
        """What the source has that the target never had."""
        newest = self.source.bucket.find(key) if key in self.left.keys else None
        before = self.record.moved.get(key)
        if newest is None or (before is not None and before.digest == digest(newest.body)):
            return []
        if self.target.bucket.ever_held(key, len(newest.body), lambda body: body == newest.body):
            return []
        state = _parsed(newest)
        serial = f"serial {state.serial}" if state else "something that is no state"
        return [f"{self.source.location.region} has {serial} (version {newest.version_id}), which never arrived"]

    def forecast(self, key: str) -> MoveOfState:
        """What would become of one state; nothing is changed."""
        broke: list[Held] = []
        try:
            for held in self.left.locks(self.source, key) if self.reachable else ():
                self._give_way(held, broke)
            self._locks_there(key, broke)
            found = self._found(key)
        except _NotMovedError as stopped:
            return MoveOfState(key=key, outcome=stopped.outcome, detail=str(stopped), behind=stopped.behind)
        except LockedError as error:
            return MoveOfState(key=key, outcome=Outcome.LOCKED, detail=str(error))
        state = _parsed(found.newest) if found.newest else None
        return MoveOfState(
            key=key,
            outcome=found.outcome,
            serial=state.serial if state else None,
            behind=found.behind,
            broke=_holders(broke),
            detail=self._remark(key, found.newest),
            version_id=found.newest.version_id if found.newest else None,
        )

    def _move(self, key: str, broke: list[Held]) -> MoveOfState:
        refused = self.holding.locked.get(key) or self.holding.failed.get(key)
        if refused is not None:
            raise refused
        if self.reachable:
            broke += self.holding.take(key)
        locks = self._locks_there(key, broke)
        found = self._found(key)
        content = self._bring(key, found)
        remembered = self._remember(key, content)
        self.to_free[key] = locks
        state = _parsed(content) if content else None
        return MoveOfState(
            key=key,
            outcome=found.outcome,
            serial=state.serial if state else None,
            behind=found.behind,
            broke=_holders(broke),
            detail=self._remark(key, content),
            digest=remembered,
            version_id=found.newest.version_id if found.newest else None,
        )

    def _give_way(self, held: Held, broke: list[Held]) -> None:
        """Whether this lock would be broken."""
        if is_ours(held):
            return
        if not self.holding.break_locks:
            raise locked_by(held)
        broke.append(held)

    def _locks_there(self, key: str, broke: list[Held]) -> tuple[Held, ...]:
        """The locks in the target that are freed with the move: our own, replicas of what is gone, and those that
        may be broken.
        """
        locks = self.there.locks(self.target, key)
        for held in locks:
            if not self._came_along(held, broke):
                self._give_way(held, broke)
        return locks

    def _found(self, key: str) -> _Found:
        """What is on both sides, and what has to be done about it."""
        there = self.target.bucket.find(key) if key in self.there.keys else None
        if not self.reachable:
            return self._found_there(there)
        # Read whether it was listed or not: it may have been written since.
        newest = self.source.bucket.find(key)
        if newest is None:
            return self._found_none(key, there)
        ours = _parsed(newest)
        if ours is None:
            raise _NotMovedError(
                Outcome.UNREADABLE, f"it is no state in {self.source.location.region}; see statectl recover"
            )
        if there is not None and there.body == newest.body:
            return _Found(newest=newest, there=there, outcome=Outcome.MOVED, behind=0)
        if there is not None:
            self._refuse_unseen(key, there)
        theirs = _parsed(there) if there else None
        alike = theirs is not None and theirs.lineage == ours.lineage
        behind = ours.serial - theirs.serial if alike and theirs and theirs.serial <= ours.serial else None
        return _Found(newest=newest, there=there, outcome=Outcome.BROUGHT, behind=behind)

    def _found_none(self, key: str, there: Content | None) -> _Found:
        """The source has no such state: it was deleted there, or lost without a trace, or never written."""
        if there is None:
            return _Found(newest=None, there=None, outcome=Outcome.ABSENT)
        last = next(self.source.bucket.versions_of(key), None)
        if last is None and self.run.direction is Direction.OVER:
            # Nobody deletes a state so; the copy may be all that is left of it.
            return _Found(newest=there, there=there, outcome=Outcome.MOVED)
        self._refuse_unseen(key, there)
        return _Found(newest=None, there=there, outcome=Outcome.BROUGHT)

    def _found_there(self, there: Content | None) -> _Found:
        if there is None:
            return _Found(newest=None, there=None, outcome=Outcome.UNCOMPARED)
        if _parsed(there) is None:
            raise _NotMovedError(
                Outcome.UNREADABLE,
                f"it is no state in {self.target.location.region}, and no other copy is in reach",
            )
        return _Found(newest=there, there=there, outcome=Outcome.UNCOMPARED)

    def _bring(self, key: str, found: _Found) -> Content | None:
        """Let the target have what is newest; what it has then, read back where it was written."""
        if found.outcome is not Outcome.BROUGHT:
            return found.newest
        if found.newest is None:
            if found.there is not None:
                # Deleted where it was written; its versions stay in both regions.
                self.target.bucket.delete(key, etag=found.there.etag)
            return None
        self.target.bucket.write(key, found.newest.body, replacing=found.there.etag if found.there else None)
        brought = self.target.bucket.find(key)
        if brought is None or brought.body != found.newest.body:
            raise ChangedMeanwhileError(f"{key} is not what was brought: somebody wrote it meanwhile")
        return brought

    def _refuse_unseen(self, key: str, there: Content) -> None:
        """Stop where the target has work that the source never had, which a write would bury.

        What was there at the last move is known by its digest, what replication brought by S3's word, and anything
        else by the versions of the source.
        """
        before = self.record.moved.get(key)
        seen = before is not None and before.digest == digest(there.body)
        if self.discard or seen or (there.replication == "REPLICA" and self.run.direction is Direction.OVER):
            return
        if self.source.bucket.ever_held(key, len(there.body), lambda body: body == there.body):
            return
        theirs = _parsed(there)
        serial = f"serial {theirs.serial}" if theirs else "something that is no state"
        unseen = theirs.serial - before.serial if theirs and before and before.serial is not None else None
        raise _NotMovedError(
            Outcome.DIVERGED,
            f"{self.target.location.region} has {serial} (version {there.version_id}), which "
            f"{self.source.location.region} never had",
            behind=unseen,
        )

    def _remember(self, key: str, content: Content | None) -> str | None:
        """Let the target's table recognise what is there, and read that back."""
        table, remembered = self.target.table, self.there.digests.get(key)
        value = digest(content.body) if content else None
        if table is None or self.there.is_fenced_in_table(key):
            # Whoever writes there keeps no digest, so that this one would soon be of another state.
            return value
        if value is None:
            if remembered is not None:
                table.delete_digest(key, remembered)
            return None
        if value != remembered:
            table.write_digest(key, value, replacing=remembered)
        if table.digest(key) != value:
            raise ChangedMeanwhileError(f"the digest of {key} is not what was written: somebody else writes it")
        return value

    def _came_along(self, held: Held, broke: list[Held]) -> bool:
        """Whether a lock in the target is the replica of one that the source does not have any more."""
        if not self.reachable or held.kind is not LockKind.LOCKFILE:
            return False
        gone = held.key in self.holding.held or held.key not in self.left.lockfiles
        return gone or held.id in {one.id for one in broke}

    def _remark(self, key: str, content: Content | None) -> str:
        if not self.reachable and content is None:
            return f"{self.target.location.region} has no such state: see that there never was one"
        if self.reachable and content is not None and key not in self.left.keys:
            return f"{self.source.location.region} has no trace of it"
        remembered = self.left.digests.get(key)
        if self.reachable and content is not None and remembered not in {None, digest(content.body)}:
            return f"its digest in {self.source.location.region} was another: see statectl recover"
        return ""


def moved_state(done: MoveOfState, run: Run, *, compared: bool) -> MovedState:
    """What the record keeps of a state that moved."""
    return MovedState(
        since=run.since,
        by=run.by,
        run=run.id,
        serial=done.serial,
        digest=done.digest,
        compared=compared,
    )


def _parsed(content: Content) -> State | None:
    try:
        return parse_state(content.body)
    except UnreadableStateError:
        return None


def _holders(broken: list[Held]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{held.info.who if held.info else 'unknown'} ({held.id})" for held in broken))

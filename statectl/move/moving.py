"""Moves a state: under the locks of both ends, byte for byte, with the digest, read back.

Lineage and serial stay as they are, so that a plan at the new place finds what it knew. Killed at any step, the
state is at the source, whole and locked, and at the target either what was there before or the whole state; the
same command goes on, since it knows its own locks and sees what is done by what is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from statectl.move.end import End
from statectl.move.fit import Fit, fit, readable
from statectl.move.notes import working_lock
from statectl.move.outcome import Moved, Outcome, RefusedError
from statectl.move.source import Source
from statectl.talk import say
from statefile.lock import LockInfo
from statefile.state import digest
from store.bucket import Content
from store.failures import ChangedMeanwhileError, LockedError, StoreFailureError, UnavailableError


@dataclass(frozen=True, kw_only=True)
class Move:
    """One state that is to move.

    :param source: where it is.
    :param target: where it goes.
    """

    source: Source
    target: End


@dataclass(frozen=True, kw_only=True)
class Mover:
    """Moves states; safe to share between threads, each of which is about another.

    :param keep: whether the sources stay as they were, and nothing says that the states went.
    :param replace: whether other states at the targets give way.
    """

    keep: bool
    replace: bool

    def steps(self) -> Sequence[str]:
        """What is done with each state, in this order."""
        note = (
            []
            if self.keep
            else ["leave at the source a note that says where the state went and refuses who comes"]
        )
        end = ["free the lock of the source, which stays as it was"] if self.keep else []
        return [
            "hold the lock of the source",
            "hold the lock of the target",
            "compare lineage and serial of both",
            "write the state to the target, byte for byte, and its digest where there is a lock table",
            "read it back as Terraform would",
            *note,
            "free the lock of the target",
            *end,
        ]

    def forecast(self, move: Move) -> Moved:
        """What would become of a state; nothing is changed."""
        body = None
        try:
            noted = not self.keep and move.source.is_noted(move.target)
            if not noted:
                # That somebody is at work, or that the state went elsewhere, says more than what does not fit.
                self._look_at_locks(move)
            body = move.source.read()
            found = fit(
                move.source.url, body, move.target.url, move.target.find(), replace=self.replace, noted=noted
            )
            if self._is_done(move, body, found, noted=noted):
                return self._row(move, body, Outcome.THERE)
            if noted:
                self._look_at_locks(move)
            move.source.check(body, keep=self.keep)
        except (LockedError, RefusedError, StoreFailureError, OSError) as error:
            return self._row(move, body, _outcome(error), str(error))
        return self._row(move, body, Outcome.MOVED, "in the place of another state" * (found is Fit.REPLACED))

    def move(self, move: Move) -> Moved:
        """Move a state; whatever stops it is its outcome."""
        body = None
        try:
            move.source.hold(move.target, keep=self.keep)
            body = move.source.read()
            found = self._hold_target(move, body)
        except (LockedError, RefusedError, StoreFailureError, OSError) as error:
            self._let_go(move, body)
            return self._row(move, body, _outcome(error), str(error))
        try:
            done = self._write(move, body, found)
            move.source.end(keep=self.keep)
        except (RefusedError, StoreFailureError, OSError) as error:
            if isinstance(error, _NotWrittenError):
                self._let_go(move, body)
                return self._row(move, body, Outcome.FAILED, str(error))
            said = f"{error}; the locks stay meanwhile, and the same command goes on"
            return self._row(move, body, _outcome(error), said)
        return self._row(move, body, Outcome.MOVED if done else Outcome.THERE)

    def _hold_target(self, move: Move, body: bytes) -> "_Found":
        """Hold the target too, and decide anew what to do."""
        source, target = move.source, move.target
        lock = self._target_lock(move)
        target.hold(lock, own=source.goes_back_to(target) | {lock.id})
        source.check(body, keep=self.keep)
        content = target.find()
        noted = not self.keep and source.is_noted(target)
        how = fit(source.url, body, target.url, content, replace=self.replace, noted=noted)
        return _Found(fit=how, content=content, digest=target.digest())

    def _let_go(self, move: Move, body: bytes | None) -> None:
        """Free what is held for nothing; what an earlier run left at the source, only where that wrote nothing."""
        bucket, key = move.target.store.bucket, move.target.key
        try:
            move.target.let_go(self._target_lock(move).id)
            ever = bool(body) and bucket.ever_held(key, len(body or b""), lambda one: one == body)
            move.source.let_go(ever_moved=ever)
        except StoreFailureError as error:
            say(f"A lock of {move.source.url} or {move.target.url} may still be held: {error}")

    def _write(self, move: Move, body: bytes, found: "_Found") -> bool:
        """Write, see that it is there, leave the note, let others at it; whether there was anything to write."""
        target = move.target
        if found.fit is Fit.NEWER:
            # An earlier run came to its end, and somebody wrote since.
            target.free()
            return False
        if found.fit is not Fit.SAME:
            try:
                etag = found.content.etag if found.content is not None else None
                target.store.bucket.write(target.key, body, replacing=etag)
            except UnavailableError:
                # Of what was not reached, or did not answer, one cannot know.
                raise
            except StoreFailureError as error:
                raise _NotWrittenError(str(error)) from error
        target.write_digest(digest(body), replacing=found.digest)
        self._verify(target, body)
        if not self.keep:
            move.source.leave_note(target)
        target.free()
        return found.fit is not Fit.SAME

    def _verify(self, target: End, body: bytes) -> None:
        there = target.store.bucket.read(target.key)
        readable(target.url, there.body)
        if there.body != body or target.digest() not in {None, digest(body)}:
            raise ChangedMeanwhileError(f"{target.url} is not what was written: somebody wrote past the lock")

    def _look_at_locks(self, move: Move) -> None:
        own = move.source.goes_back_to(move.target) | {self._target_lock(move).id}
        other = move.source.others(move.target, keep=self.keep) or move.target.others(own)
        if other is not None:
            raise other

    def _is_done(self, move: Move, body: bytes, found: Fit, *, noted: bool) -> bool:
        """Whether there is nothing left to do, whoever works at the target by now."""
        if found is Fit.NEWER:
            return not self._is_under_way(move)
        if found is not Fit.SAME or not (noted or self.keep) or self._is_under_way(move):
            return False
        table = move.target.store.table
        return table is None or table.digest(move.target.key) in {None, digest(body)}

    def _is_under_way(self, move: Move) -> bool:
        own = {self._target_lock(move).id, *move.source.goes_back_to(move.target)}
        return any(map(move.target.is_held, own))

    def _target_lock(self, move: Move) -> LockInfo:
        target = move.target
        return working_lock(target.store.location.bucket, target.key, move.source.url, target.url)

    def _row(self, move: Move, body: bytes | None, outcome: Outcome, detail: str = "") -> Moved:
        row = Moved(source=move.source.url, target=move.target.url, outcome=outcome, detail=detail)
        if not body:
            return row
        try:
            state = readable(row.source, body)
        except RefusedError:
            return row
        return replace(row, serial=state.serial, lineage=state.lineage)


class _NotWrittenError(StoreFailureError):
    """The target is for sure what it was before."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What is at the target once it is held.

    :param content: the state there.
    :param digest: what its table remembers.
    """

    fit: Fit
    content: Content | None
    digest: str | None


def _outcome(error: Exception) -> Outcome:
    if isinstance(error, LockedError):
        return Outcome.LOCKED
    return Outcome.REFUSED if isinstance(error, RefusedError) else Outcome.FAILED

"""Carries a restore out: under the lock, as a new version, with the digest, read back.

Killed at any step, the state is the old one or the new one, and the lock says what was under way, so that
``--resume`` goes on. Nothing is overwritten that was not looked at, and nothing is deleted.
"""

from collections.abc import Sequence

from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.step import Step
from statectl.talk import say
from statectl.versions.restoration import Restoration
from statefile.lock import LockInfo
from statefile.state import digest
from store.bucket import Content
from store.failures import ChangedMeanwhileError, StoreFailureError, UnavailableError
from store.held import Held, LockKind
from store.store import Store


class Restoring:
    """The steps of one restore, and what they hand on to each other.

    :param lock: what the lock says while it lasts.
    """

    def __init__(self, store: Store, plan: Restoration, lock: LockInfo) -> None:
        self._store = store
        self._plan = plan
        self._lock = lock
        self._held: tuple[Held, ...] = ()
        self._current: Content | None = None
        self._remembered: str | None = None
        self._may_have_written = False

    @property
    def steps(self) -> Sequence[Step]:
        """What is done, in this order."""
        plan, table = self._plan, self._store.table
        over = f"version {plan.over}" if plan.over else "a deleted state"
        steps = [
            Step(title=f"take the lock of {plan.key} as {self._lock.id}", run=self._take_lock),
            Step(title=f"check that it is still {over}", run=self._check),
            Step(title=f"write version {plan.version_id} as serial {plan.serial}", run=self._write),
        ]
        if table is not None:
            steps.append(Step(title=f"write its digest into {table.name}", run=self._write_digest))
        steps.append(Step(title="read it back as Terraform would", run=self._verify))
        steps.append(Step(title="free the lock", run=self._free_lock))
        return steps

    def run(self) -> None:
        """Do every step.

        :raises statectl.refusal.RefusalError: where it stopped in the middle, with how to go on.
        """
        for number, step in enumerate(self.steps, start=1):
            try:
                step.run()
            except (StoreFailureError, KeyboardInterrupt) as error:
                if self._may_have_written:
                    # The lock stays until state and digest are known to fit.
                    raise self._interrupted(step, error) from error
                self._let_go()
                raise
            say(f"{number}/{len(self.steps)} {step.title}: done")

    def _take_lock(self) -> None:
        self._held = self._store.take_lock(self._plan.key, self._lock)

    def _check(self) -> None:
        self._current = self._store.bucket.find(self._plan.key)
        there = self._current.version_id if self._current else None
        if there != self._plan.over and not self._is_written():
            raise ChangedMeanwhileError(
                f"{self._plan.key} was written meanwhile: it is version {there or 'deleted'} now",
                next_step="look at `statectl versions ls` and decide anew",
            )
        if self._store.table is not None and self._is_held_in_table:
            self._remembered = self._store.table.digest(self._plan.key)

    def _write(self) -> None:
        self._may_have_written = True
        if self._is_written():
            return
        etag = self._current.etag if self._current else None
        try:
            self._store.bucket.write(self._plan.key, self._plan.body, replacing=etag)
        except StoreFailureError as error:
            # Of what was not reached, or did not answer, one cannot know.
            self._may_have_written = isinstance(error, UnavailableError)
            raise

    def _is_written(self) -> bool:
        """An interrupted restore may have come so far already."""
        return self._current is not None and self._current.body == self._plan.body

    @property
    def _is_held_in_table(self) -> bool:
        """Not where a fence says that the state is locked there no more: nobody would keep its digest right."""
        return any(held.kind is LockKind.TABLE for held in self._held)

    def _write_digest(self) -> None:
        table, value = self._store.table, digest(self._plan.body)
        if table is not None and self._is_held_in_table and self._remembered != value:
            table.write_digest(self._plan.key, value, replacing=self._remembered)

    def _verify(self) -> None:
        there = self._store.bucket.read(self._plan.key)
        remembered = self._store.table.digest(self._plan.key) if self._store.table is not None else None
        if there.body != self._plan.body or remembered not in {None, digest(self._plan.body)}:
            raise ChangedMeanwhileError(f"{self._plan.key} is not what was written: somebody wrote past the lock")

    def _free_lock(self) -> None:
        self._store.free_lock(self._held)

    def _let_go(self) -> None:
        try:
            # Looked for, since the answer to its taking may have been what was lost.
            found = self._store.locks(self._plan.key)
            self._store.free_lock([held for held in found if held.id == self._lock.id])
        except StoreFailureError as error:
            say(f"The lock {self._lock.id} of {self._plan.key} may still be held: {error}")

    def _interrupted(self, step: Step, error: BaseException) -> RefusalError:
        said = str(error) or "stopped"
        return RefusalError(
            f"{said}; it stopped at: {step.title}. The lock {self._lock.id} keeps everyone out meanwhile",
            next_step=f"statectl versions restore {self._plan.key} --resume {self._lock.id}",
            code=ExitCode.FAILED,
        )

"""The steps by which a backend goes, each of which can be done again, and what stands in their way.

Until the deletion begins everything can be had back: writers are kept out by locks and by a statement, states are
in an export that was read back, and nobody may have written for as long as the wait takes. Where somebody did, it
starts over. Killed anywhere, the next run finds in the record how far it came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from blueprint.backend import backend
from settings.arns import is_session_of
from statectl.exit_code import ExitCode
from statectl.own_prefix import OWN_PREFIX
from statectl.refusal import RefusalError
from statectl.retire.closing import Closing
from statectl.retire.contents import is_pulumi_stack
from statectl.retire.export import Export, There, there
from statectl.retire.holding import hold, let_go
from statectl.retire.manifest import Exported
from statectl.retire.protection import lift_protection
from statectl.retire.pulumi import Pulumi
from statectl.retire.record import Phase, Record
from statectl.retire.record_keeper import RecordKeeper
from statectl.retire.remains import Remains, keys_that_go, remains
from statectl.session import Session
from statectl.states.listing import is_state
from statectl.step import Step
from statectl.talk import say
from statectl.text import counted, duration, moment
from statefile.state import UnreadableStateError, parse_state
from store.store import Store


class Retirement:
    """One backend on its way out.

    :param stores: its regions, the first one first.
    :param pulumi: what deletes it.
    :param record: how far an earlier run came, or a new one.
    :param is_begun: whether an earlier run began it.
    :param arn: who acts.
    """

    def __init__(
        self,
        session: Session,
        stores: Sequence[Store],
        *,
        pulumi: Pulumi,
        keeper: RecordKeeper,
        export: Export,
        record: Record,
        is_begun: bool,
        arn: str,
    ) -> None:
        self._session = session
        self._stores = stores
        self._plan = backend(session.backend.promised())
        self._pulumi = pulumi
        self._keeper = keeper
        self._export = export
        self._was_begun = self.is_begun = is_begun
        self._arn = arn
        self.record = record
        self.left: list[Remains] = []

    @property
    def closing_steps(self) -> list[Step]:
        """What keeps writers out and begins the wait; all of it can be taken back."""
        what = "every version of every state" if self.record.all_versions else "every current state"
        wait = duration(timedelta(seconds=self.record.wait_seconds))
        return [
            Step(title=f"export {what} to {self._export.folder}, and read it back", run=self._bring_export),
            Step(title="write down that the backend is being retired", run=self._begin),
            Step(title="hold the lock of every state", run=self._hold),
            *(
                Step(title=f"let {closing.bucket} refuse writes", run=partial(_close, closing))
                for closing in self._closings
            ),
            Step(title="export what was written meanwhile, and read all of it back", run=self._bring_export),
            Step(title=f"begin the wait of {wait}", run=self._begin_wait),
        ]

    @property
    def lifting_steps(self) -> list[Step]:
        """What lifts protection; nothing is deleted by it."""
        return [
            Step(title="see that nothing was written, and read the export back", run=self._require_unchanged),
            Step(title=f"set protect: false in {self._pulumi.stack_file.name}", run=self._lift),
            Step(title=f"run {' '.join(self._pulumi.command('up'))}", run=self._up),
        ]

    @property
    def deleting_steps(self) -> list[Step]:
        """What cannot be taken back."""
        return [
            Step(title="see that all that is there is in the export", run=self._require_exported),
            Step(title=f"run {' '.join(self._pulumi.command('destroy'))}", run=self._destroy),
            self.last_step,
        ]

    @property
    def last_step(self) -> Step:
        """What is done again whenever it is asked for."""
        return Step(title="see that nothing is left", run=self._see_what_is_left)

    def keep_closed(self) -> None:
        """Close again what somebody opened while the wait lasts, and bring record and export up to date."""
        self._begin()
        self._hold()
        for closing in self._closings:
            if closing.close():
                say(f"{closing.bucket} let writes in again: it refuses them now")
        self._bring_export()

    def written_meanwhile(self) -> list[str]:
        """What is not as it was when the wait began, by bucket and key."""
        now, then = self._current(), self.record.current
        return sorted(name for name in {*now, *then} if now.get(name) != then.get(name))

    def start_over(self) -> None:
        """Forget the wait."""
        self.record = replace(self.record, phase=Phase.CLOSING, waits_since=None, current={})

    def call_off(self) -> None:
        """Let writers in again, and forget all of it."""
        for closing in self._closings:
            if closing.open():
                say(f"{closing.bucket} takes writes again")
        let_go(self._stores[0], self.record)
        self._keeper.forget()
        self.is_begun = False

    @property
    def _closings(self) -> list[Closing]:
        regions = [region for region in (self._plan.primary, self._plan.replica) if region is not None]
        return [Closing(store, region.bucket.arn) for store, region in zip(self._stores, regions, strict=True)]

    @property
    def _keys(self) -> list[str]:
        """The states that there are, and those that a pipeline could begin."""
        backend_ = self._session.backend
        listed = (found.key for found in self._stores[0].bucket.objects())
        own = {key for key in listed if is_state(backend_, key) and not key.startswith(OWN_PREFIX)}
        return sorted(own | (backend_.expected or frozenset()))

    def _current(self) -> dict[str, str]:
        return {
            f"{one.store.location.bucket}/{one.id[0]}": one.id[1]
            for one in there(self._stores, all_versions=False)
        }

    def _there(self) -> Iterator[There]:
        return there(self._stores, all_versions=self.record.all_versions)

    def _save(self, record: Record) -> None:
        self._keeper.save(record)
        self.record = record

    def _bring_export(self) -> None:
        made = self._export.bring_up_to_date(self._stores, all_versions=self.record.all_versions, by=self._arn)
        say(f"{self._export.folder} holds {counted(len(made.versions), 'version')}")

    def _begin(self) -> None:
        self._save(self.record)
        self.is_begun = True

    def _hold(self) -> None:
        try:
            hold(self._stores[0], self._keys, self.record)
        except RefusalError:
            if not self._was_begun:
                self._keeper.forget()
                self.is_begun = False
            raise

    def _begin_wait(self) -> None:
        current = self._current()
        exported = {one.id for one in self._export.verify().versions}
        if any(one.id not in exported for one in self._there()):
            raise RefusalError(
                "somebody wrote while the backend was closed",
                next_step="run the same command again, which goes on",
            )
        keys = keys_that_go(self._session.clients, self._plan)
        now = datetime.now(UTC)
        self._save(replace(self.record, phase=Phase.WAITING, waits_since=now, current=current, keys=keys))

    def _require_unchanged(self) -> None:
        written = self.written_meanwhile()
        if written:
            raise RefusalError(
                f"{written[0]}{f' and {len(written) - 1} more' if len(written) > 1 else ''}: written meanwhile",
                next_step="run the same command again: it exports that, and waits anew",
                code=ExitCode.FOUND,
            )
        self._export.verify()

    def _lift(self) -> None:
        self._save(replace(self.record, phase=Phase.LIFTING))
        lift_protection(self._pulumi.stack_file)

    def _up(self) -> None:
        self._pulumi.carry_out("up")
        for closing in self._closings:
            if closing.close():
                say(f"{closing.bucket} let writes in after pulumi up: it refuses them again")
        self._save(replace(self.record, phase=Phase.LIFTED))

    def _require_exported(self) -> None:
        if self.record.phase is not Phase.DESTROYING:
            self._require_unchanged()
        versions = self._export.verify().versions
        exported = {one.id for one in versions}
        missing = [one for one in self._there() if one.id not in exported]
        if missing:
            self._bring_export()
            raise RefusalError(
                f"{missing[0].version.key} was written while the backend was being deleted; it is exported now",
                next_step="see who wrote it, then run the same command again, which goes on",
                code=ExitCode.FOUND,
            )
        held = sorted({one.key for one in versions if one.current and self._may_hold_resources(one)})
        unnamed = [key for key in held if key not in self.record.with_resources]
        if unnamed:
            raise with_resources_refused(unnamed)

    def _may_hold_resources(self, one: Exported) -> bool:
        if is_pulumi_stack(one.key):
            return True
        if not is_state(self._session.backend, one.key):
            return False
        try:
            state = parse_state((self._export.folder / one.path).read_bytes())
        except UnreadableStateError:
            return True
        return state.encrypted or state.resources > 0

    def _destroy(self) -> None:
        require_break_glass(self._session, self._arn)
        if self.record.phase is not Phase.DESTROYING:
            self._save(replace(self.record, phase=Phase.DESTROYING))
        self._pulumi.carry_out("destroy")

    def _see_what_is_left(self) -> None:
        self.left = remains(self._session.clients, self._plan, self.record.keys)
        for one in self.left:
            if one.until is not None:
                say(f"The key {one.name} is deleted on {moment(one.until)}; until then it can be had back")
        stays = [one for one in self.left if one.until is None]
        if stays:
            told = "; ".join(f"{one.kind} {one.name}{f' ({one.detail})' if one.detail else ''}" for one in stays)
            raise RefusalError(
                f"{counted(len(stays), 'resource')} may be left: {told}",
                next_step="look at them, and run the same command again",
                code=ExitCode.FOUND,
            )
        if self.record.phase is not Phase.RETIRED:
            self._save(replace(self.record, phase=Phase.RETIRED))


def with_resources_refused(keys: Sequence[str]) -> RefusalError:
    """Why states that may hold resources do not go unasked."""
    stacks = "for stacks of Pulumi: statectl bootstrap eject; " if any(map(is_pulumi_stack, keys)) else ""
    return RefusalError(
        f"{', '.join(keys)}: may hold resources, which nobody could look after any more",
        next_step=f"{stacks}terraform destroy, or move the state to another backend; where it was moved, name "
        f"each: --with-resources {keys[0]}",
        code=ExitCode.FOUND,
    )


def require_break_glass(session: Session, arn: str) -> None:
    """Refuse to begin a deletion that the policies would refuse in the middle.

    :param arn: who acts.
    :raises statectl.refusal.RefusalError: where the stack keeps deletion for others.
    """
    glass = session.backend.promised().break_glass
    if glass is None or any(is_session_of(arn, principal) for principal in glass.principals):
        return
    raise RefusalError(
        f"{arn} may not delete versions, buckets and keys: the stack's breakGlass keeps that for "
        f"{', '.join(glass.principals)}",
        next_step="become one of them with a second factor used in the last "
        f"{glass.mfa_max_age_minutes} minutes, and run the same command again, which goes on",
        code=ExitCode.DENIED,
    )


def _close(closing: Closing) -> None:
    closing.close()

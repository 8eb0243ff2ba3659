"""The command ``retire``."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from blueprint.backend import backend
from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.failover.record_keeper import RecordKeeper as FailoverRecordKeeper
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.output import print_one, print_rows
from statectl.own_lock import this_person
from statectl.refusal import RefusalError
from statectl.retire.contents import Contents, StateLeft, contents, is_pulumi_stack
from statectl.retire.export import Export
from statectl.retire.pulumi import Pulumi
from statectl.retire.record import Phase, Record
from statectl.retire.record_keeper import RecordKeeper
from statectl.retire.remains import Remains
from statectl.retire.retirement import Retirement, with_resources_refused
from statectl.session import Session
from statectl.states.listing import DigestCheck
from statectl.step import Step, carry_out
from statectl.talk import require_yes, say
from statectl.text import counted, duration, moment, number, parse_duration, size
from store.store import Store

app = new_app()

WAIT = timedelta(days=7)
"""Long enough for a weekly pipeline to show that it still writes."""


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How far a backend is on its way out.

    :param bucket: the first region's state bucket.
    :param phase: ``open``, ``closing``, ``waiting``, ``lifting``, ``lifted``, ``destroying`` or ``retired``.
    :param by: the ARN of who began it; ``null`` where nobody did.
    :param until: when the wait is over; ``null`` where it has not begun.
    :param export: the folder of the export; ``null`` where none was named.
    :param states: the states that are still there.
    :param left: what is left after the deletion; keys stay until their date.
    """

    bucket: str
    phase: str
    by: str | None
    until: datetime | None
    export: str | None
    states: tuple[StateLeft, ...]
    left: tuple[Remains, ...]


COLUMNS = {
    "state": lambda row: row.key,
    "serial": lambda row: number(row.serial),
    "resources": lambda row: number(row.resources),
    "versions": lambda row: number(row.versions),
    "size": lambda row: size(row.size),
    "modified": lambda row: moment(row.modified),
    "by": lambda row: row.written_by or "",
    "remarks": lambda row: ", ".join(_remarks(row)),
}


@app.command()
@on_backend
def retire(
    session: Session,
    *,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FOLDER", help="Where the states go; nothing goes without.")
    ] = None,
    all_versions: Annotated[bool, typer.Option("--all-versions", help="Export noncurrent versions too.")] = False,
    wait: Annotated[
        timedelta | None,
        typer.Option(
            "--wait",
            parser=parse_duration,
            metavar="DURATION",
            help="How long nobody must have written before anything is deleted [default: 7d].",
        ),
    ] = None,
    with_resources: Annotated[
        list[str] | None,
        typer.Option(
            "--with-resources", metavar="STATE", help="Let this state go though it holds resources. Repeatable."
        ),
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Call it off: let writers in again.")] = False,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Take a backend away for good, and leave nothing behind but an export.

    Shows what is still in it, exports it, keeps writers out, and waits. Run again when the wait is over, it lifts
    the protection, runs pulumi destroy, and sees that nothing is left. Where somebody wrote meanwhile it starts
    over and ends with 3; with 4 where somebody holds a lock.
    """
    run = Run(session, export, cancel=cancel, dry_run=dry_run, yes=yes)
    try:
        named = tuple(
            name if is_pulumi_stack(name) else session.backend.state_key(name) for name in with_resources or ()
        )
        run.carry_out(all_versions=all_versions, wait=wait, with_resources=named, prints=not as_json)
    finally:
        if as_json and run.stand is not None:
            print_one(run.stand, [], as_json=True)


class Run:
    """One run of the command.

    :param folder: the export's.
    :param cancel: whether it is called off.
    """

    def __init__(self, session: Session, folder: Path | None, *, cancel: bool, dry_run: bool, yes: bool) -> None:
        self._session = session
        self._folder = folder
        self._cancel = cancel
        self._dry_run = dry_run
        self._yes = yes
        self._contents: Contents | None = None
        self._record: Record | None = None
        self._retirement: Retirement | None = None
        self._bucket: str | None = None

    @property
    def stand(self) -> Stand | None:
        """How far it is; ``None`` where that was not even looked at."""
        if self._bucket is None:
            return None
        made = self._retirement
        record = self._record if made is None else made.record if made.is_begun else None
        return Stand(
            bucket=self._bucket,
            phase=record.phase.value if record is not None else "open",
            by=record.by if record is not None else None,
            until=record.until if record is not None else None,
            export=str(self._folder) if self._folder is not None else None,
            states=self._contents.states if self._contents is not None else (),
            left=tuple(made.left) if made is not None else (),
        )

    def carry_out(
        self, *, all_versions: bool, wait: timedelta | None, with_resources: tuple[str, ...], prints: bool
    ) -> None:
        """Go as far as it goes today."""
        session = self._session
        session.backend.promised()
        arn = session.say_who_acts()
        stores = [store for store in (session.store, session.replica) if store is not None]
        keeper = RecordKeeper(session.store.bucket, self._folder)
        self._record = keeper.load()
        self._bucket = session.store.location.bucket
        record = self._record or Record(
            id=str(uuid.uuid4()),
            bucket=self._bucket,
            by=arn,
            host=this_person(),
            began=datetime.now(UTC),
            phase=Phase.CLOSING,
            wait_seconds=int((WAIT if wait is None else wait).total_seconds()),
        )
        record = _asked(record, wait=wait, all_versions=all_versions, with_resources=with_resources)
        pulumi = Pulumi(stack=session.wanted.stack or "", project=session.wanted.project)
        buckets = {store.location.region: store.location.bucket for store in stores}
        made = Retirement(
            session,
            stores,
            pulumi=pulumi,
            keeper=keeper,
            export=Export(self._folder or Path("FOLDER"), buckets),
            record=record,
            is_begun=self._record is not None,
            arn=arn,
        )
        if self._cancel:
            self._call_off(made)
            return
        if record.phase.is_past_return:
            self._retirement = made
            self._delete(made)
            return
        self._contents = contents(session, stores)
        _say_what_is_there(self._contents, stores, prints=prints)
        _say_what_goes_too(session)
        if self._dry_run:
            _say_steps(_steps_from(made))
        _refuse(session, self._contents, record, pulumi, self._folder, asks_pulumi=not self._dry_run)
        if self._dry_run:
            return
        self._retirement = made
        self._go_on(made)

    def _go_on(self, made: Retirement) -> None:
        started_over = False
        if made.record.waits_since is not None:
            written = made.written_meanwhile()
            if written:
                for name in written:
                    say(f"{name} was written since {moment(made.record.waits_since)}")
                say("Somebody still works with this backend: it is exported again, and the wait begins anew.")
                made.start_over()
                started_over = True
        if made.record.waits_since is None:
            if not started_over:
                until = duration(timedelta(seconds=made.record.wait_seconds))
                require_yes(
                    f"Keep every writer out of {made.record.bucket}, to delete it once nobody wrote for {until}?",
                    yes=self._yes,
                )
            carry_out(made.closing_steps)
        elif made.record.phase is Phase.WAITING:
            made.keep_closed()
        until_ = made.record.until
        if until_ is not None and until_ > datetime.now(UTC):
            say(
                f"Waiting until {moment(until_)}: nothing was deleted. Then run the same command again; "
                "to call it off: statectl retire --cancel"
            )
        elif not started_over:
            self._delete(made)
        if started_over:
            raise typer.Exit(ExitCode.FOUND)

    def _delete(self, made: Retirement) -> None:
        record = made.record
        if record.phase is Phase.RETIRED:
            say(f"{record.bucket} was retired by {record.by}")
            if not self._dry_run:
                carry_out([made.last_step])
            return
        if self._folder is None:
            raise _no_export()
        if self._dry_run:
            _say_steps(_steps_from(made))
            return
        require_yes(
            f"Delete {record.bucket} and all that belongs to it, for good? {self._folder} alone stays.",
            yes=self._yes,
        )
        steps = made.deleting_steps
        if record.phase in {Phase.WAITING, Phase.LIFTING}:
            steps = [*made.lifting_steps, *steps]
        carry_out(steps)
        say(
            f"{record.bucket} is gone. What stays: the export in {self._folder}, which holds secrets as "
            "states do, and keys until their dates."
        )

    def _call_off(self, made: Retirement) -> None:
        record = self._record
        if record is None:
            raise RefusalError(f"{made.record.bucket} is not being retired", code=ExitCode.USAGE)
        if record.phase.is_past_return:
            raise RefusalError(
                f"the deletion of {record.bucket} has begun, and cannot be called off",
                next_step="run it without --cancel, which goes on; the states are in the export",
            )
        if self._dry_run:
            say(f"1. would let {record.bucket} take writes again, and free the locks that are held")
            return
        require_yes(f"Call off the retirement of {record.bucket}?", yes=self._yes)
        made.call_off()
        self._record = None
        if record.phase in {Phase.LIFTING, Phase.LIFTED}:
            say("Its protection was lifted: take protect: false out of the stack file again, and run pulumi up.")
        say(f"{record.bucket} is in use again; the export stays where it is.")


def _asked(
    record: Record, *, wait: timedelta | None, all_versions: bool, with_resources: tuple[str, ...]
) -> Record:
    """The record with what is asked for now."""
    seconds = record.wait_seconds if wait is None else int(wait.total_seconds())
    if seconds < record.wait_seconds:
        raise RefusalError(
            f"the wait was begun with {duration(timedelta(seconds=record.wait_seconds))}, for whoever was told so",
            next_step="leave --wait out; or call it off with --cancel, and begin anew",
            code=ExitCode.USAGE,
        )
    return replace(
        record,
        wait_seconds=seconds,
        all_versions=record.all_versions or all_versions,
        with_resources=tuple(sorted({*record.with_resources, *with_resources})),
    )


def _remarks(row: StateLeft) -> Iterator[str]:
    if row.problem:
        yield f"it {row.problem}"
    if row.digest is DigestCheck.DIFFERS:
        yield "not what the lock table remembers"


def _say_what_is_there(found: Contents, stores: Sequence[Store], *, prints: bool) -> None:
    if prints:
        print_rows(found.states, COLUMNS, as_json=False)
    for amount in found.amounts:
        say(f"{amount.bucket}: {counted(amount.versions, 'version')}, {size(amount.size)}")
    if found.deleted:
        say(f"Deleted states, of which older versions are left: {', '.join(found.deleted)}")
    if found.others:
        say(
            f"{counted(found.others, 'object')} that {'is' if found.others == 1 else 'are'} no state: exported too"
        )
    if found.pulumi_stacks:
        say(f"Stacks that Pulumi keeps here: {', '.join(found.pulumi_stacks)}")
    table = stores[0].table
    if table is not None and found.digests:
        say(f"{table.name}: {counted(found.digests, 'digest')}")
    for lock in found.locks:
        say(f"Locked: {lock.key} by {lock.who or 'somebody unknown'} ({lock.id})")


def _say_what_goes_too(session: Session) -> None:
    plan = backend(session.backend.promised())
    logs = [region.log_bucket for region in (plan.primary, plan.replica) if region is not None]
    trail = plan.audit.recording.bucket if plan.audit is not None and plan.audit.recording is not None else None
    names = [bucket.name for bucket in (*logs, trail) if bucket is not None]
    if names:
        say(f"Logs go too, and are not exported: {', '.join(names)}")


def _refuse(
    session: Session,
    found: Contents,
    record: Record,
    pulumi: Pulumi,
    folder: Path | None,
    *,
    asks_pulumi: bool,
) -> None:
    """Refuse what would hurt somebody.

    :param asks_pulumi: whether Pulumi is asked where its own state is.
    """
    if session.replica is not None:
        moved = FailoverRecordKeeper(session.replica.bucket).load()
        if moved.run is not None or not moved.nothing_moved:
            raise RefusalError(
                f"states are written in {session.replica.location.region} since a failover",
                next_step="bring them home first: statectl failback start",
                code=ExitCode.FOUND,
            )
    if found.locks:
        lock = found.locks[0]
        raise RefusalError(
            f"{lock.who or 'somebody unknown'} holds the lock of {lock.key} ({lock.id}): somebody is at work",
            next_step=f"wait until they are done, or see statectl locks show {lock.key}",
            code=ExitCode.LOCKED,
        )
    if asks_pulumi and found.pulumi_stacks and record.bucket in pulumi.backend_url():
        raise RefusalError(
            f"Pulumi keeps its own state in {record.bucket}, and could not go on once that is gone",
            next_step="take it out first: statectl bootstrap eject",
            code=ExitCode.FOUND,
        )
    held = [*(state.key for state in found.states if state.may_hold_resources), *found.pulumi_stacks]
    unnamed = [key for key in held if key not in record.with_resources]
    if unnamed:
        raise with_resources_refused(unnamed)
    if folder is None:
        raise _no_export()


def _no_export() -> RefusalError:
    return RefusalError(
        "nothing is retired without an export",
        next_step="name a folder of your own, on a disk that is encrypted: --export FOLDER",
        code=ExitCode.USAGE,
    )


def _steps_from(made: Retirement) -> list[Step]:
    """What is still to be done."""
    return {
        Phase.CLOSING: [*made.closing_steps, *made.lifting_steps, *made.deleting_steps],
        Phase.WAITING: [*made.lifting_steps, *made.deleting_steps],
        Phase.LIFTING: [*made.lifting_steps, *made.deleting_steps],
    }.get(made.record.phase, made.deleting_steps)


def _say_steps(steps: Sequence[Step]) -> None:
    for count, step in enumerate(steps, start=1):
        say(f"{count}. would {step.title}")

"""The commands on locks."""

from datetime import timedelta
from typing import Annotated

import typer

from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.locks.breaking import audit_line, break_lock, find_lock
from statectl.locks.listing import HeldLock, held_locks, joined
from statectl.options import DryRunOption, JsonOption, KeyArgument, WorkspaceOption, YesOption, on_backend
from statectl.output import print_rows, print_text
from statectl.progress import watched
from statectl.session import Session
from statectl.talk import require_yes, say
from statectl.text import duration, moment, parse_duration

app = new_app(help="See who holds which lock, and break one safely.", no_args_is_help=True)

OlderThan = Annotated[
    timedelta | None,
    typer.Option(
        "--older-than", parser=parse_duration, metavar="DURATION", help="Only locks held for longer: 2h."
    ),
]


def _places(lock: HeldLock) -> str:
    text = ", ".join(lock.places)
    return f"{text} only" if lock.missing else text


def _operation(lock: HeldLock) -> str:
    if not lock.readable:
        return "(unreadable)"
    if lock.note:
        return f"note: {lock.info.partition('. Do not')[0]}"
    return f"fence of {lock.operation}" if lock.fence else lock.operation


COLUMNS = {
    "state": lambda lock: lock.key,
    "id": lambda lock: lock.id,
    "who": lambda lock: lock.who,
    "operation": _operation,
    "since": lambda lock: moment(lock.created),
    "age": lambda lock: duration(timedelta(seconds=lock.age_seconds)) if lock.age_seconds is not None else "",
    "version": lambda lock: lock.version,
    "held in": _places,
}


@app.command("ls")
@on_backend
def ls(
    session: Session,
    prefix: Annotated[str, typer.Argument(metavar="[PREFIX]", help="Only states whose key starts so.")] = "",
    older_than: OlderThan = None,
    as_json: JsonOption = False,
) -> None:
    """List the locks that are held, in lockfiles and in the lock table.

    With --older-than, ends with 3 where there are any.
    """
    locks = watched(held_locks(session.store, prefix), "locks")
    count = print_rows((lock for lock in locks if lock.is_older_than(older_than)), COLUMNS, as_json=as_json)
    if count == 0:
        say("No lock is held." if older_than is None else "No lock has been held for longer.")
    elif older_than is not None:
        raise typer.Exit(ExitCode.FOUND)


@app.command("show")
@on_backend
def show(
    session: Session,
    state: KeyArgument = None,
    workspace: WorkspaceOption = "default",
    as_json: JsonOption = False,
) -> None:
    """Show the lock of one state: who holds it, and where. Ends with 4 where somebody does, fences aside."""
    key = session.backend.state_key(state, workspace)
    locks = list(joined(session.store.locks(key), session.store.location))
    print_rows(locks, COLUMNS, as_json=as_json)
    if all(lock.fence for lock in locks):
        say(f"Nobody holds the lock of {key}.")
        return
    raise typer.Exit(ExitCode.LOCKED)


@app.command("break")
@on_backend
def break_(
    session: Session,
    *,
    state: Annotated[str, typer.Argument(metavar="STATE", help="<environment>/<service>, or a whole key.")],
    lock_id: Annotated[str, typer.Argument(metavar="LOCK_ID", help="The ID that `locks ls` shows.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")],
    workspace: WorkspaceOption = "default",
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Break a lock whose holder is gone: this one, in both places, and never a newer one.

    Prints a line for the audit log. Make sure first that the holder is not at work any more.
    """
    store = session.store
    by = session.say_who_acts()
    found = find_lock(store, session.backend.state_key(state, workspace), lock_id)
    lock = found.lock
    held_by = f"{lock.who or 'somebody unknown'}, {lock.operation or 'no operation'}, since {moment(lock.created)}"
    for half in found.halves:
        say(f"{'Would free' if dry_run else 'To free'}: {lock.key} in the {half.kind}, held by {held_by}")
    if dry_run:
        return
    require_yes(f"Break the lock {lock.id} of {lock.key}, held by {held_by}?", yes=yes)
    broken = break_lock(store, found)
    for half in found.halves:
        if half not in broken:
            say(f"{lock.key} has a newer lock in the {half.kind} by now; it stays.")
    print_text(audit_line(store, found, broken, by=by, reason=reason) + "\n")

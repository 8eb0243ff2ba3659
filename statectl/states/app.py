"""The commands on states."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.options import JsonOption, KeyArgument, WorkspaceOption, on_backend
from statectl.output import print_one, print_rows
from statectl.progress import watched
from statectl.session import Session
from statectl.states.detail import StateDetail, state_detail
from statectl.states.listing import StateRow, state_rows
from statectl.talk import say
from statectl.text import moment, number, size
from statectl.writers import TRAIL_LOOKED_BACK, writers

app = new_app(help="List and show states: size, serial, lineage, lock, replication.", no_args_is_help=True)


def _serial(row: StateRow) -> str:
    return f"({row.problem})" if row.serial is None else str(row.serial)


def _replication(row: StateRow) -> str:
    return (row.replication or "never").lower()


def _by(row: StateRow) -> str:
    return row.written_by or ""


def _remarks(row: StateRow) -> str:
    """What is out of the ordinary."""
    remarks = {
        "orphan": row.expected is False,
        "digest differs": row.digest == "differs",
        "encrypted": row.encrypted,
    }
    return ", ".join(name for name, holds in remarks.items() if holds)


COLUMNS: dict[str, Callable[[StateRow], str]] = {
    "state": lambda row: row.key,
    "serial": _serial,
    "size": lambda row: size(row.size),
    "resources": lambda row: number(row.resources),
    "outputs": lambda row: str(len(row.outputs)) if row.outputs else "",
    "terraform": lambda row: row.terraform_version or "",
    "modified": lambda row: moment(row.modified),
    "lock": lambda row: ", ".join(row.lock),
    "replication": _replication,
    "remarks": _remarks,
}


@app.command("ls")
@on_backend
def ls(
    session: Session,
    *,
    prefix: Annotated[str, typer.Argument(metavar="[PREFIX]", help="Only states whose key starts so.")] = "",
    orphans: Annotated[bool, typer.Option("--orphans", help="Only states that no stack expects.")] = False,
    by: Annotated[
        bool, typer.Option("--by", help="Ask the audit trail who wrote each, as far as 30 days back.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List every state, workspaces included, with what it says of itself.

    Ends with 3 where one cannot be read, or is not the one that the lock table remembers.
    """
    bad: list[str] = []

    written_by = writers(session, None, datetime.now(UTC) - TRAIL_LOOKED_BACK) if by else {}
    rows = state_rows(session.backend, session.store, prefix, written_by=written_by)

    def noted() -> Iterator[StateRow]:
        for row in watched(rows, "states", prints_rows=True):
            if orphans and row.expected is not False:
                continue
            if row.problem or row.digest == "differs":
                bad.append(row.key)
            yield row

    if orphans and session.backend.expected is None:
        say(f"{session.backend.source} does not say which states are expected; name the stack with --stack.")
    columns = {**COLUMNS, "by": _by} if by else COLUMNS
    if print_rows(noted(), columns, as_json=as_json) == 0:
        say("There is no such state." if prefix or orphans else "There is no state yet.")
    if bad:
        say(f"Not in order: {len(bad)}, of which the first is {bad[0]}. See `statectl recover`.")
        raise typer.Exit(ExitCode.FOUND)


@app.command("show")
@on_backend
def show(
    session: Session,
    *,
    state: KeyArgument = None,
    workspace: WorkspaceOption = "default",
    as_json: JsonOption = False,
) -> None:
    """Show one state: what it says of itself, its lock, its replica, its workspaces, and who wrote it last."""
    detail = state_detail(session, session.backend.state_key(state, workspace))
    print_one(detail, _lines(detail), as_json=as_json)
    if detail.state.problem or detail.state.digest == "differs":
        say(f"Not in order. See `statectl recover {detail.state.key}`.")
        raise typer.Exit(ExitCode.FOUND)


def _lines(detail: StateDetail) -> list[tuple[str, str]]:
    row = detail.state
    held = [
        f"{lock.id} by {lock.who or 'somebody unknown'}, {lock.operation}, in {', '.join(lock.places)}"
        for lock in detail.locks
    ]
    replica = detail.replica
    return [
        ("key", row.key),
        ("expected", {True: "yes", False: "no: an orphan", None: "unknown"}[row.expected]),
        ("serial", _serial(row)),
        ("lineage", row.lineage or ""),
        ("terraform", row.terraform_version or ""),
        ("size", size(row.size)),
        ("resources", number(row.resources)),
        ("outputs", ", ".join(row.outputs)),
        ("version", row.version_id),
        ("modified", f"{moment(row.modified)}{f' by {row.written_by}' if row.written_by else ''}"),
        ("digest", row.digest),
        ("lock", "\n".join(held) or "free"),
        ("replication", _replication(row)),
        ("replica", f"serial {replica.serial}, {moment(replica.modified)}" if replica else "none"),
        ("workspaces", ", ".join(detail.workspaces)),
    ]

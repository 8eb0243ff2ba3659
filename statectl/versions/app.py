"""The commands on versions."""

from collections.abc import Callable
from itertools import islice
from typing import Annotated

import typer

from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.options import DryRunOption, JsonOption, WorkspaceOption, YesOption, on_backend
from statectl.output import print_one, print_rows, print_text
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import say
from statectl.text import moment, number, printable, size
from statectl.versions.choice import choose
from statectl.versions.inside import inside
from statectl.versions.listing import VersionRow, version_rows
from statectl.versions.restoration import decide
from statectl.versions.restore import carry_out, noted, refuse_if_locked
from statectl.writers import writers
from statefile.difference import Change, Kind, difference
from statefile.state import UnreadableStateError
from store.failures import NotThereError

app = new_app(help="List, compare and restore the versions of a state.", no_args_is_help=True)

VERSION = "A version id, latest, or latest-N: N before it."
State = Annotated[str, typer.Argument(metavar="STATE", help="<environment>/<service>, or a whole key.")]
Values = Annotated[
    bool, typer.Option("--show-values", help="Show values too; those marked as sensitive stay hidden.")
]


def _changes(row: VersionRow) -> str:
    counts = {"+": row.added, "~": row.changed, "-": row.removed}
    return " ".join(f"{sign}{count}" for sign, count in counts.items() if count) or (
        "" if row.added is None else "none"
    )


COLUMNS: dict[str, Callable[[VersionRow], str]] = {
    "version": lambda row: row.version_id,
    "serial": lambda row: number(row.serial),
    "modified": lambda row: moment(row.modified),
    "size": lambda row: "" if row.deleted else size(row.size),
    "changes": _changes,
    "terraform": lambda row: row.terraform_version or "",
    "by": lambda row: row.written_by or "",
    "remarks": lambda row: ", ".join(filter(None, ["current" if row.latest else "", row.problem or ""])),
}


@app.command("ls")
@on_backend
def ls(
    session: Session,
    *,
    state: State,
    workspace: WorkspaceOption = "default",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the versions of a state, newest first, with what each changed: + added, ~ changed, - removed."""
    store, key = session.store, session.backend.state_key(state, workspace)
    found = store.bucket.versions_of(key)
    shown = list(islice(found, limit))
    if not shown:
        raise NotThereError(f"there never was a state at {key}", next_step="see `statectl states ls`")
    before = next((version for version in found if not version.deleted), None)
    written_by = writers(session, key, shown[-1].modified)
    rows = version_rows(store, shown, before, written_by)
    print_rows(watched(rows, "versions", len(shown), prints_rows=True), COLUMNS, as_json=as_json)
    if before is not None:
        say(f"There are older ones: --limit {2 * limit}.")


@app.command("show")
@on_backend
def show(
    session: Session,
    *,
    state: State,
    version: Annotated[
        str, typer.Argument(metavar="[VERSION]", help="A version id, or ~N: N before the newest.")
    ] = "latest",
    workspace: WorkspaceOption = "default",
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Print the state itself, secrets included, as it is stored.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is in a version: resources and outputs by name. Values only with --show-values."""
    store, key = session.store, session.backend.state_key(state, workspace)
    content = store.bucket.read(key, choose(store, key, version).version_id)
    if show_values:
        print_text(content.body.decode(errors="replace"))
        return
    seen = inside(content)
    lines = [
        ("version", seen.version_id),
        ("modified", moment(seen.modified)),
        ("size", size(seen.size)),
        ("serial", str(seen.serial)),
        ("lineage", seen.lineage),
        ("terraform", seen.terraform_version),
        ("resources", "\n".join(seen.resources)),
        ("outputs", "\n".join(seen.outputs)),
    ]
    print_one(seen, lines, as_json=as_json)


@app.command("diff")
@on_backend
def diff(
    session: Session,
    *,
    state: State,
    before: Annotated[str, typer.Argument(metavar="[BEFORE]", help=VERSION)] = "latest-1",
    after: Annotated[str, typer.Argument(metavar="[AFTER]", help=VERSION)] = "latest",
    workspace: WorkspaceOption = "default",
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show values too; those marked as sensitive stay hidden.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two versions; the newest and the one before unless others are named."""
    store, key = session.store, session.backend.state_key(state, workspace)
    old, new = (store.bucket.read(key, choose(store, key, name).version_id) for name in (before, after))
    try:
        changes = difference(old.body, new.body)
    except UnreadableStateError as error:
        raise RefusalError(f"one of the two versions of {key} {error}") from error
    if not show_values:
        changes = tuple(change.without_values() for change in changes)
    if as_json:
        print_rows(changes, {}, as_json=True)
    else:
        print_text("".join(_text(change, show_values=show_values) for change in changes))
    if not changes:
        say("Nothing differs but serial and lineage.")


def _text(change: Change, *, show_values: bool) -> str:
    sign = {Kind.ADDED: "+", Kind.CHANGED: "~", Kind.REMOVED: "-"}[change.kind]
    lines = [f"{sign} {printable(change.address)}"]
    for value in change.values:
        shown = f": {value.before or '(none)'} -> {value.after or '(none)'}" if show_values else ""
        lines.append(
            f"    {printable(value.path or '(value)')}{' (sensitive)' if value.sensitive else printable(shown)}"
        )
    return "\n".join(lines) + "\n"


@app.command("restore")
@on_backend
def restore(
    session: Session,
    *,
    state: State,
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]", help=VERSION)] = None,
    workspace: WorkspaceOption = "default",
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="LOCK_ID", help="Go on with a restore that was interrupted.")
    ] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Put an old version back: as a new one, under the lock, with the next serial and the digest."""
    key = session.backend.state_key(state, workspace)
    session.say_who_acts()
    if (resume is None) == (version is None):
        raise RefusalError(
            "one of VERSION and --resume is needed",
            next_step=f"see `statectl versions ls {key}`, or `statectl locks show {key}`",
            code=ExitCode.USAGE,
        )
    if resume is not None:
        plan = noted(session.store, key, resume)
    else:
        refuse_if_locked(session.store, key)
        plan = decide(session.store, key, choose(session.store, key, version or ""))
    carry_out(session.store, plan, resumed=resume, dry_run=dry_run, yes=yes)

"""The command that finds what is wrong with states, and mends it."""

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.options import DryRunOption, JsonOption, WorkspaceOption, YesOption, on_backend
from statectl.output import print_one, print_rows
from statectl.progress import watched
from statectl.recover.diagnosis import Condition, Cure, Diagnosis, bad_states, diagnose
from statectl.recover.mending import write_digest
from statectl.session import Session
from statectl.talk import require_yes, say
from statectl.text import counted, moment
from statectl.versions.choice import choose
from statectl.versions.restoration import decide
from statectl.versions.restore import carry_out, refuse_if_locked

app = new_app()


@dataclass(frozen=True, kw_only=True, slots=True)
class BadState:
    """A state that is not in order.

    :param key: its key.
    :param reason: what is wrong, as a clause that follows its name.
    """

    key: str
    reason: str


@app.command()
@on_backend
def recover(
    session: Session,
    *,
    state: Annotated[
        str | None,
        typer.Argument(metavar="[STATE]", help="<environment>/<service>, or a whole key [default: all]."),
    ] = None,
    workspace: WorkspaceOption = "default",
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Find what is wrong with a state that was deleted, cut off or overwritten, or whose digest differs; mend it.

    Without STATE, lists every state that is not in order. With STATE, says what is wrong and what would mend
    it, and does that after a yes. Ends with 3 while something is wrong.
    """
    if state is None:
        _list(session, as_json=as_json)
        return
    key = session.backend.state_key(state, workspace)
    found = diagnose(session.store, key)
    print_one(found, _lines(found), as_json=as_json)
    if found.condition is Condition.FINE:
        return
    if found.cure is None or dry_run or as_json or not (yes or sys.stdin.isatty()):
        raise typer.Exit(ExitCode.FOUND)
    session.say_who_acts()
    refuse_if_locked(session.store, key)
    if found.cure is Cure.RESTORE and found.good is not None:
        plan = decide(session.store, key, choose(session.store, key, found.good.version_id))
        carry_out(session.store, plan, resumed=None, dry_run=False, yes=yes)
    elif found.version_id is not None:
        require_yes(f"Let the lock table remember {key} as it is?", yes=yes)
        write_digest(session.store, key, found.version_id)
        say(f"The lock table remembers {key} as it is. Next: terraform plan.")


def _list(session: Session, *, as_json: bool) -> None:
    found = watched(bad_states(session.backend, session.store), "states")
    rows = (BadState(key=key, reason=reason) for key, reason in found)
    columns = {"state": lambda row: row.key, "what is wrong": lambda row: row.reason}
    if print_rows(rows, columns, as_json=as_json) == 0:
        say("Every state is in order.")
        return
    say("Name one of them to see what would mend it.")
    raise typer.Exit(ExitCode.FOUND)


def _lines(found: Diagnosis) -> list[tuple[str, str]]:
    good = found.good
    cures = {
        Cure.RESTORE: f"statectl versions restore {found.key} {good.version_id}" if good else "",
        Cure.WRITE_DIGEST: "write the digest of the state that is there",
        None: "nothing to do" if found.condition is Condition.FINE else "no good version is left in this bucket",
    }
    lines = [("state", found.key), ("condition", f"{found.condition}: it {found.reason}")]
    if good is not None:
        what = f"serial {good.serial}, {moment(good.modified)}, {counted(good.resources, 'resource')}"
        lines.append(("newest good", what))
    return [*lines, ("cure", cures[found.cure])]

"""``statectl move workspace``: a workspace to a key of its own, back, or to another name."""

from typing import Annotated

import typer

from statectl.exit_code import ExitCode
from statectl.move.carrying_out import carry_out
from statectl.move.end import End
from statectl.move.moving import Move, Mover
from statectl.move.options import KeepOption, ReplaceOption
from statectl.move.source import KeySource
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.refusal import RefusalError
from statectl.session import Session

NEXT = (
    "Next: put the new key into the backend configuration of whoever works with this workspace, terraform init "
    "-reconfigure, terraform workspace select, then terraform plan, which must be clean."
)


@on_backend
def workspace(
    session: Session,
    *,
    state: Annotated[str, typer.Argument(metavar="STATE", help="The state that the workspace is of.")],
    name: Annotated[str, typer.Argument(metavar="WORKSPACE", help="The workspace; default is one too.")],
    target: Annotated[
        str | None, typer.Argument(metavar="[TO]", help="The state that it becomes [default: the same].")
    ] = None,
    to_workspace: Annotated[
        str, typer.Option("--to-workspace", help="The workspace that it becomes there.")
    ] = "default",
    keep_source: KeepOption = False,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Move one workspace of a state to a key of its own, into another state's workspace, or to another name.

    In the bucket, workspace W of the state at KEY is the object env:/W/KEY. The old one keeps its state under a
    lock that says where it went, as with `move key`.
    """
    session.say_who_acts()
    source = session.backend.state_key(state, name)
    to = session.backend.state_key(target or state, to_workspace)
    if source == to:
        raise RefusalError(
            f"{source} is there already", next_step="name another state, or --to-workspace", code=ExitCode.USAGE
        )
    move = Move(source=KeySource(End(store=session.store, key=source)), target=End(store=session.store, key=to))
    mover = Mover(keep=keep_source, replace=replace)
    carry_out(mover, [move], next_step=NEXT, as_json=as_json, dry_run=dry_run, yes=yes)

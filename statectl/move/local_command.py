"""``statectl move local``: state files of a disk into the backend."""

from pathlib import Path
from typing import Annotated

import typer

from statectl.exit_code import ExitCode
from statectl.move.carrying_out import carry_out
from statectl.move.end import End
from statectl.move.local_file import KEPT_SUFFIX, LocalFile
from statectl.move.local_tree import state_files
from statectl.move.moving import Move, Mover
from statectl.move.options import KeepOption, ReplaceOption
from statectl.move.source import LocalSource
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.refusal import RefusalError
from statectl.session import Session

NEXT = (
    "Next, in each folder: write the s3 backend (statectl backend show), delete the note terraform.tfstate, "
    "then terraform init and terraform plan, which must be clean. What was there is in "
    f"terraform.tfstate{KEPT_SUFFIX}."
)
KEPT = (
    "Next, in each folder: write the s3 backend (statectl backend show), move terraform.tfstate away, then "
    "terraform init and terraform plan, which must be clean."
)


@on_backend
def local(
    session: Session,
    *,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A state file, or a folder of them.")],
    key: Annotated[
        str | None,
        typer.Argument(metavar="[STATE]", help="Where the file, or the folder with its workspaces, goes."),
    ] = None,
    prefix: Annotated[
        str, typer.Option("--prefix", help="Before each file's path in the folder; ends in / to be a folder.")
    ] = "",
    keep_source: KeepOption = False,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Move a local state file, or a folder of them with their workspaces, into the backend.

    DIR/prod/network/terraform.tfstate goes to the key prod/network/terraform.tfstate, and what is at
    terraform.tfstate.d/W/ beside it to workspace W. In the place of each comes a note that Terraform refuses to
    read; what it held stays beside it. Again, it goes on where it was interrupted. Ends with 3 where a state does
    not move, with 4 where only locks kept some from moving.
    """
    session.say_who_acts()
    moves = [
        Move(source=LocalSource(LocalFile(file)), target=End(store=session.store, key=to))
        for file, to in _files(session, path, key, prefix).items()
    ]
    mover = Mover(keep=keep_source, replace=replace)
    next_step = KEPT if keep_source else NEXT
    carry_out(mover, moves, next_step=next_step, as_json=as_json, dry_run=dry_run, yes=yes)


def _files(session: Session, path: Path, key: str | None, prefix: str) -> dict[Path, str]:
    if key is not None and prefix:
        raise RefusalError("STATE and --prefix say the same", next_step="use one of them", code=ExitCode.USAGE)
    if path.is_file():
        if key is None:
            raise RefusalError(
                f"where does {path} go?",
                next_step="name the state: <environment>/<service>, or a whole key",
                code=ExitCode.USAGE,
            )
        return {path: session.backend.state_key(key)}
    if not path.is_dir():
        raise RefusalError(f"there is no {path}", next_step="name a state file or a folder", code=ExitCode.USAGE)
    base = session.backend.state_key(key) if key is not None else None
    workspaces = session.backend.location.workspace_prefix
    found = state_files(path, base, prefix=prefix, workspace_prefix=workspaces)
    if not found:
        raise RefusalError(
            f"there is no terraform.tfstate in {path}",
            next_step="name the folder that holds them",
            code=ExitCode.USAGE,
        )
    return found

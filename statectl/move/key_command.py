"""``statectl move key``: a state to another key, bucket or account, with its workspaces, or a whole folder."""

from typing import Annotated

import typer

from statectl.exit_code import ExitCode
from statectl.move.carrying_out import carry_out
from statectl.move.destination import (
    Destination,
    ToBucket,
    ToProfile,
    ToProject,
    ToRegion,
    ToStack,
    ToTable,
)
from statectl.move.end import End
from statectl.move.moving import Move, Mover
from statectl.move.options import KeepOption, ReplaceOption
from statectl.move.selection import Selection, keys_of
from statectl.move.source import KeySource
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.refusal import RefusalError
from statectl.session import Session

NEXT = (
    "Next: put the new bucket, key and region into the backend configuration of whoever works with these states "
    "(statectl backend show), then terraform init -reconfigure and terraform plan, which must be clean."
)


@on_backend
def key(
    session: Session,
    *,
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="A state, or a folder that ends in / for all below it.")
    ],
    target: Annotated[
        str | None,
        typer.Argument(metavar="[TO]", help="Its new key; in another backend, the same one if left out."),
    ] = None,
    to_stack: ToStack = None,
    to_project: ToProject = None,
    to_bucket: ToBucket = None,
    to_region: ToRegion = None,
    to_table: ToTable = None,
    to_profile: ToProfile = None,
    keep_source: KeepOption = False,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Move a state and its workspaces to another key, bucket or account, or all states of a folder.

    The old key keeps its state under a lock that says where it went, so that a client that was not changed is
    refused. `move key` back takes that lock away, or `move release`. Again, it goes on where it was interrupted.
    Ends with 3 where a state does not move, with 4 where only locks kept some from moving.
    """
    destination = Destination(
        stack=to_stack,
        project=to_project,
        bucket=to_bucket,
        region=to_region,
        table=to_table,
        profile=to_profile,
    )
    there = destination.session(session)
    if target is None and not destination.is_elsewhere:
        raise RefusalError(
            "where to?", next_step="name the new key, or another backend with --to-stack", code=ExitCode.USAGE
        )
    chosen = Selection.of(session.backend, source)
    to = Selection.of(there.backend, target if target is not None else chosen.name)
    here, other = session.backend.location, there.backend.location
    if (here.bucket, here.region) == (other.bucket, other.region):
        chosen.refuse_overlap(to)
    moves = [
        Move(
            source=KeySource(End(store=session.store, key=one)),
            target=End(store=there.store, key=chosen.moved(one, to)),
        )
        for one in keys_of(session.backend, session.store, chosen)
    ]
    mover = Mover(keep=keep_source, replace=replace)
    carry_out(mover, moves, next_step=NEXT, as_json=as_json, dry_run=dry_run, yes=yes)

"""The commands that find a backend that somebody else made, and plan how ``pulumi up`` adopts it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from statectl.adopt.printing import CHANGES, FOUND, print_plan
from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.options import JsonOption
from statectl.output import print_one, print_rows
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.talk import say

if TYPE_CHECKING:
    from statectl.adopt.found import Found
    from statectl.adopt.planning import AdoptionPlan, Wishes
    from store.clients import Clients

app = new_app(help="Find a backend that somebody else made, and adopt it.", no_args_is_help=True)

PAGES = 10
"""Pages of a thousand keys that a plan reads of the bucket's listing; a scan reads the first alone."""
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="The AWS profile [default: as every AWS SDK finds it].")
]


@app.command("scan")
def scan(
    *,
    region: Annotated[
        list[str] | None, typer.Option("--region", help="Only in this region. Repeatable [default: all].")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also each setting that is not as a stack promises.")
    ] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find what may be a state backend in the account, who made it, and how far it is from the standard here.

    Looks at the first thousand keys of each bucket, and at the first megabyte of each lock table. Lock tables are
    looked for in the regions of the buckets that hold states, and in those named by --region. Writes nothing.
    """
    from statectl.adopt.scanning import Scan  # noqa: PLC0415 (loads boto3, which help does without)

    clients = _clients(profile)
    found = list(Scan(clients, frozenset(region or ()), say).found(watched))
    print_rows(found, FOUND, as_json=as_json)
    if every and not as_json:
        print_rows((change for one in found for change in one.changes), CHANGES, as_json=False)
    if not found:
        say("Nothing here looks like a state backend.")
    elif not as_json:
        say("Next: statectl adopt plan BUCKET")


@app.command("plan")
def plan(
    *,
    bucket: Annotated[str, typer.Argument(metavar="BUCKET", help="The bucket to adopt.")],
    region: Annotated[
        str | None, typer.Option("--region", help="The stack's region [default: the bucket's].")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="The lock table [default: the one whose items name the bucket].")
    ] = None,
    no_table: Annotated[
        bool, typer.Option("--no-table", help="Leave the lock table out: no client takes locks there any more.")
    ] = False,
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", envvar="STATECTL_STACK", help="The Pulumi stack that adopts it."),
    ] = None,
    project: Annotated[
        Path, typer.Option("--project", envvar="STATECTL_PROJECT", help="The folder of the stack's Pulumi.yaml.")
    ] = Path(),
    prefix: Annotated[
        str | None,
        typer.Option("--name-prefix", help="First part of the names of what is made beside, in a new stack file."),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="A state to expect beside those found, in a new stack file. Repeatable."),
    ] = None,
    with_others: Annotated[
        bool, typer.Option("--with-others", help="What the bucket holds beside states may stay there.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the stack file instead of printing it.")] = False,
    switch_on: Annotated[
        bool, typer.Option("--next", help="Take the next setting out of adopt.keep in the stack file.")
    ] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan how a stack adopts a bucket: the stack file, what pulumi up then changes, and what to leave for later.

    Nothing in AWS is changed. Of the bucket's listing the first ten thousand keys are read. Ends with 3 where
    something is in the way, and then writes nothing. On a stack that adopts the bucket it says what is left.
    """
    from statectl.adopt.planning import Wishes  # noqa: PLC0415
    from statectl.adopt.planning import plan as made  # noqa: PLC0415

    _require(table is None or not no_table, "--table and --no-table exclude one another", "use one of them")
    _require(stack is not None or not (write or switch_on), "no stack is named", "name it with --stack")
    _require(not (write and switch_on), "--write and --next exclude one another", "use one of them")
    clients = _clients(profile)
    wishes = Wishes(
        stack=stack,
        project=project,
        region=region,
        table=not no_table,
        prefix=prefix,
        states=tuple(state or ()),
        others_are_fine=with_others,
    )
    found = _found(clients, bucket, table, wishes)
    planned = made(found, wishes)
    if switch_on:
        planned = _switched_on(planned, lambda: made(found, wishes), wishes)
    elif write and not planned.blocked and not planned.adopting:
        _write(planned, wishes)
    if as_json:
        print_one(planned, [], as_json=True)
    else:
        print_plan(planned, written=write or switch_on)
    if planned.blocked:
        say("Nothing was written: something is in the way.")
        raise typer.Exit(ExitCode.FOUND)


def _clients(profile: str | None) -> "Clients":
    from store.clients import Clients  # noqa: PLC0415

    clients = Clients(profile)
    say(f"Acting as {clients.caller.arn} in account {clients.caller.account_id}")
    return clients


def _found(clients: "Clients", bucket: str, table: str | None, wishes: "Wishes") -> "Found":
    from statectl.adopt.reading import read_found, table_about  # noqa: PLC0415
    from store.contents import contents  # noqa: PLC0415
    from store.own_buckets import bucket_region  # noqa: PLC0415

    account_id = clients.caller.account_id
    region = bucket_region(clients.s3(wishes.region or clients.region), bucket, account_id)
    seen = contents(clients.s3(region), bucket, account_id, pages=PAGES)
    if not seen.whole:
        say(f"Only the first {PAGES * 1000:,} keys were read: states behind them are not in the plan.")
    if wishes.table and table is None:
        table = table_about(clients.dynamodb(region), bucket, say)
    found = read_found(
        clients,
        bucket=bucket,
        region=region,
        account_id=account_id,
        contents=seen,
        table=table if wishes.table else None,
    )
    for id_, failure in found.unread.items():
        say(f"Not read: {id_}: {failure}")
    return found


def _write(planned: "AdoptionPlan", wishes: "Wishes") -> None:
    from statectl.adopt.stack_file import StackFile  # noqa: PLC0415

    file = StackFile(wishes.stack or "", wishes.project)
    file.save(planned.file)
    say(f"Wrote {file.path}. Next: pulumi preview --diff, then pulumi up")


def _switched_on(planned: "AdoptionPlan", again: Callable[[], "AdoptionPlan"], wishes: "Wishes") -> "AdoptionPlan":
    """The plan after the next setting was taken out of the file."""
    from statectl.adopt.planning import next_kept, not_switched_on  # noqa: PLC0415
    from statectl.adopt.stack_file import StackFile  # noqa: PLC0415

    file = StackFile(wishes.stack or "", wishes.project)
    _require(planned.adopting, f"{file.path} does not adopt {planned.bucket} yet", "write it with --write")
    waiting = not_switched_on(planned.changes)
    if waiting:
        raise RefusalError(
            f"{', '.join(waiting)} is out of adopt.keep and not switched on yet",
            next_step="pulumi up, watch your clients for a while, then go on",
        )
    settings = next_kept(file.settings(), file.path)
    for setting in settings:
        file.save(file.without_kept(setting))
        file = StackFile(wishes.stack or "", wishes.project)
    say(f"Took {' and '.join(settings)} out of adopt.keep in {file.path}. Next: pulumi up")
    return again()


def _require(is_so: bool, problem: str, next_step: str) -> None:
    if not is_so:
        raise RefusalError(problem, next_step=next_step, code=ExitCode.USAGE)

"""The options that every command has: which backend, and whose credentials."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from settings.model import Lock
from statectl.find import Wanted
from statectl.session import Session

JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output (docs/statectl.md).")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show the steps and do none of them.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
KeyArgument = Annotated[
    str | None,
    typer.Argument(metavar="STATE", help="<environment>/<service>, or a whole key that ends in .tfstate."),
]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace of the state.")]


def _connection(
    *,
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", envvar="STATECTL_STACK", help="Find the backend by this Pulumi stack."),
    ] = None,
    project: Annotated[
        Path, typer.Option("--project", envvar="STATECTL_PROJECT", help="The folder of the stack's Pulumi.yaml.")
    ] = Path(),
    backend_config: Annotated[
        Path | None, typer.Option("--backend-config", "-b", help="Find it by this backend.hcl or backend.tf.")
    ] = None,
    bucket: Annotated[str | None, typer.Option("--bucket", help="Find it by the bucket's name.")] = None,
    region: Annotated[
        str | None,
        typer.Option("--region", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="The bucket's region."),
    ] = None,
    table: Annotated[str | None, typer.Option("--table", help="The lock table, with --bucket.")] = None,
    lock: Annotated[
        Lock | None, typer.Option("--lock", help="What Terraform takes, with --bucket [default: by --table].")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", help="The AWS profile [default: as every AWS SDK finds it].")
    ] = None,
) -> Session:
    wanted = Wanted(
        stack=stack,
        project=project,
        backend_config=backend_config,
        bucket=bucket,
        region=region,
        table=table,
        lock=lock,
    )
    return Session(wanted, profile)


def on_backend(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose first parameter is the session, as one that has the options above instead."""
    own = list(inspect.signature(command).parameters.values())[1:]
    common = list(inspect.signature(_connection).parameters.values())
    hints = {**get_type_hints(command, include_extras=True), **get_type_hints(_connection, include_extras=True)}
    names = {parameter.name for parameter in common}

    @wraps(command)
    def with_options(**given: Any) -> None:
        session = _connection(**{name: value for name, value in given.items() if name in names})
        command(session, **{name: value for name, value in given.items() if name not in names})

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[parameter.name])
        for parameter in (*own, *common)
    ]
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options

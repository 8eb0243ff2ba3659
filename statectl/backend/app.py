"""The commands on the backend's configuration."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from blueprint.backend_clients import Client, ClientVersion
from blueprint.backend_files import DEFAULT_FORMS, BackendFile, backend_files
from blueprint.backend_fit import NoLockError, fit
from blueprint.backend_forms import Form
from statectl.app import new_app
from statectl.backend.configs import Configs, Wish, wanted_configs
from statectl.backend.tags import object_tags
from statectl.backend.writing import WrittenFile, write_files
from statectl.exit_code import ExitCode
from statectl.options import DryRunOption, JsonOption, KeyArgument, WorkspaceOption, on_backend
from statectl.output import print_one, print_rows, print_text
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import say

app = new_app(help="Show and write Terraform's backend configuration.", no_args_is_help=True)

ClientOption = Annotated[Client, typer.Option("--client", help="Who reads it.")]
VersionOption = Annotated[
    str | None,
    typer.Option("--client-version", metavar="X.Y", help="Its version [default: the newest that is known]."),
]
EntryOption = Annotated[
    str | None, typer.Option("--as", metavar="ENTRY", help="The states and the role of this access entry.")
]
ReplicaOption = Annotated[bool, typer.Option("--replica", help="For the second region, after a failover.")]
StateTagOption = Annotated[
    list[str] | None, typer.Option("--state-tag", metavar="KEY=VALUE", help="Tag states with it (OpenTofu).")
]
LockTagOption = Annotated[
    list[str] | None, typer.Option("--lock-tag", metavar="KEY=VALUE", help="Tag lockfiles with it (OpenTofu).")
]


@app.command("show")
@on_backend
def show(
    session: Session,
    *,
    state: KeyArgument = None,
    form: Annotated[Form | None, typer.Option("--format", help="What to print [default: hcl].")] = None,
    client: ClientOption = Client.TERRAFORM,
    client_version: VersionOption = None,
    entry: EntryOption = None,
    replica: ReplicaOption = False,
    state_tag: StateTagOption = None,
    lock_tag: LockTagOption = None,
    workspace: WorkspaceOption = "default",
    as_json: JsonOption = False,
) -> None:
    """Show the backend configuration of one state, or of all.

    With --json, the arguments by state. A workspace is part of a remote-state alone; elsewhere it is selected
    with the client.
    """
    if as_json and form is not None:
        raise RefusalError("--json prints the arguments in no --format", next_step="use one", code=ExitCode.USAGE)
    reader = _reader(client, client_version)
    tags = object_tags(state_tag, lock_tag, reader)
    wish = Wish(state=state, entry=entry, replica=replica)
    configs = {name: {**arguments, **tags} for name, arguments in wanted_configs(session, wish).items()}
    if as_json:
        print_one(_fitted(configs, reader), [], as_json=True)
        return
    files = _files(configs, [form or Form.HCL], reader, workspace)
    for file in files:
        # JSON has no comments; the state's key is in each.
        if len(files) > 1 and file.form is not Form.JSON:
            print_text(f"# {file.path}\n")
        print_text(file.text)


def _change(file: WrittenFile) -> str:
    return file.change.value


COLUMNS = {"file": lambda file: file.path, "change": _change}


@app.command("write")
@on_backend
def write(
    session: Session,
    *,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where <environment>/<service>/ go.")],
    state: KeyArgument = None,
    form: Annotated[
        list[Form] | None,
        typer.Option("--format", help="What to write; repeatable [default: hcl, tf, remote-state]."),
    ] = None,
    client: ClientOption = Client.TERRAFORM,
    client_version: VersionOption = None,
    entry: EntryOption = None,
    replica: ReplicaOption = False,
    state_tag: StateTagOption = None,
    lock_tag: LockTagOption = None,
    workspace: WorkspaceOption = "default",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the backend configuration of every state, or of one, into files below DIR.

    A file that is as it should be is left alone.
    """
    forms = list(dict.fromkeys(form or DEFAULT_FORMS))
    if {Form.TF, Form.JSON} <= set(forms):
        raise RefusalError(
            f"{Form.TF.file_name} and {Form.JSON.file_name} would be two backends of one configuration",
            next_step="write one of --format tf and --format json",
            code=ExitCode.USAGE,
        )
    reader = _reader(client, client_version)
    tags = object_tags(state_tag, lock_tag, reader)
    wish = Wish(state=state, entry=entry, replica=replica)
    configs = {name: {**arguments, **tags} for name, arguments in wanted_configs(session, wish).items()}
    files = _files(configs, forms, reader, workspace)
    print_rows(write_files(files, directory, dry_run=dry_run), COLUMNS, as_json=as_json)
    if dry_run:
        say("Nothing was written.")


def _reader(client: Client, version: str | None) -> ClientVersion:
    try:
        return ClientVersion.read(client, version)
    except ValueError as error:
        raise RefusalError(
            str(error), next_step="leave --client-version out for the newest form", code=ExitCode.USAGE
        ) from error


def _fitted(configs: Configs, reader: ClientVersion) -> Configs:
    try:
        fitted = {state: fit(arguments, reader) for state, arguments in sorted(configs.items())}
    except NoLockError as error:
        raise _no_lock(error) from error
    for remark in dict.fromkeys(remark for one in fitted.values() for remark in one.remarks):
        say(f"{remark}.")
    return {state: one.arguments for state, one in fitted.items()}


def _files(configs: Configs, forms: Sequence[Form], reader: ClientVersion, workspace: str) -> list[BackendFile]:
    if workspace != "default" and Form.REMOTE_STATE not in forms:
        say(
            f"No form here holds the workspace: `{reader.client.command} workspace select {workspace}` selects it."
        )
    try:
        files = list(backend_files(configs, forms, reader, workspace=workspace))
    except NoLockError as error:
        raise _no_lock(error) from error
    for remark in dict.fromkeys(remark for file in files for remark in file.remarks):
        say(f"{remark}.")
    return files


def _no_lock(error: NoLockError) -> RefusalError:
    return RefusalError(
        str(error),
        next_step='use a version that takes it, or set lock to "both" in the stack file and run pulumi up',
        code=ExitCode.USAGE,
    )

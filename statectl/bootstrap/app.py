"""The command ``bootstrap`` and the one that takes it back."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
import yaml

from settings.mistakes import SettingsError
from settings.stack_file import load_stack_file
from statectl.app import new_app
from statectl.bootstrap.ejecting import Ejecting
from statectl.bootstrap.home import Home
from statectl.bootstrap.moving_in import MovingIn
from statectl.bootstrap.place import FilePlace, OtherPlace, Place, read_export
from statectl.bootstrap.transfer import PASSPHRASE
from statectl.by_stack import of_settings
from statectl.exit_code import ExitCode
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.output import print_one, print_text
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.step import carry_out, say_steps
from statectl.talk import require_yes, say

app = new_app(invoke_without_command=True)


@dataclass(frozen=True, kw_only=True)
class OwnState:
    """Where Pulumi's own state of a stack is, and what ``pulumi`` needs to find it.

    :param stack: the stack's name.
    :param bucket: the state bucket that holds it; ``null`` where it is in files of this computer.
    :param environment: the variables that every run of ``pulumi`` on this stack needs.
    :param secrets_provider: what its secrets are under.
    :param put_away: the file that has what was before, in the form that ``pulumi stack import`` takes; ``null``
        where this run put nothing away.
    """

    stack: str
    bucket: str | None
    environment: Mapping[str, str]
    secrets_provider: str
    put_away: str | None


@app.callback()
@on_backend
def bootstrap(
    session: Session,
    *,
    ctx: typer.Context,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="URL", help="Where Pulumi's state of the stack is now, if it is there."),
    ] = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Bring a stack up for the first time, and move Pulumi's own state into the bucket that it makes.

    Killed anywhere, run again it goes on. Prints the variables by which pulumi finds its state from then on.
    """
    if ctx.invoked_subcommand is not None:
        return
    home = _home(session, dry_run=dry_run)
    if not home.settings.pulumi_state:
        raise RefusalError(
            f"{home.stack_file.path.name} does not say that Pulumi's own state is to be in the bucket",
            next_step="set state-backend:pulumiState to true; state-backend:administrators alone reach it",
            code=ExitCode.USAGE,
        )
    session.say_who_acts()
    moving = MovingIn(home, _source(home, source))
    moving.require_a_source()
    if dry_run:
        say_steps(moving.steps)
        return
    if not all(step.is_done() for step in moving.steps):
        require_yes(
            f"Bring {home.stack} up in account {home.settings.account_id}, and keep Pulumi's state of it in "
            f"{home.bucket.name}?",
            yes=yes,
        )
    carry_out(moving.steps)
    _print(home, home.bucket, put_away=moving.put_away, as_json=as_json)


@app.command("eject")
@on_backend
def eject(
    session: Session,
    *,
    from_replica: Annotated[
        bool, typer.Option("--from-replica", help="Read it in the second region: the bucket is lost.")
    ] = False,
    from_export: Annotated[
        Path | None, typer.Option("--from-export", metavar="FILE", help="Read it from this export.")
    ] = None,
    provider: Annotated[
        str, typer.Option("--secrets-provider", metavar="URL", help="What its secrets are put under.")
    ] = PASSPHRASE,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Take Pulumi's own state out of the bucket, into files of this computer.

    For a bucket that is to be deleted for good, or is lost. Killed anywhere, run again it goes on. Prints the
    variables by which pulumi finds its state from then on.
    """
    home = _home(session, dry_run=dry_run)
    if from_replica and from_export is not None:
        raise RefusalError("--from-replica and --from-export are two ways; take one", code=ExitCode.USAGE)
    if from_replica and session.replica is None:
        raise RefusalError(
            f"{home.stack_file.path.name} names no second region", next_step="--from-export", code=ExitCode.USAGE
        )
    session.say_who_acts()
    if from_export is not None:
        ejecting = Ejecting(home, read_export(from_export), provider)
    else:
        store = session.replica if from_replica and session.replica is not None else session.store
        ejecting = Ejecting(home, home.place_in(store), provider)
    if dry_run:
        say_steps(ejecting.steps)
        return
    require_yes(f"Take Pulumi's state of {home.stack} out of {home.bucket.name}?", yes=yes)
    carry_out(ejecting.steps)
    _print(home, home.local, put_away=None, as_json=as_json)
    if from_replica or from_export is not None:
        say(f"What {home.bucket.name} has of it, if anything, is still there: nobody should run Pulumi on that.")
    say(
        "To delete the backend: set protect: false, then pulumi up and pulumi destroy; or see statectl retire. "
        "To move in again: statectl bootstrap."
    )


def _home(session: Session, *, dry_run: bool) -> Home:
    """The stack, by its stack file alone: there may be nothing else yet, or no more."""
    wanted = session.wanted
    if not wanted.stack or wanted.backend_config or wanted.bucket:
        raise RefusalError(
            "a stack is bootstrapped", next_step="name it with --stack, and nothing else", code=ExitCode.USAGE
        )
    name = wanted.stack.rsplit("/", 1)[-1]
    file = wanted.project / f"Pulumi.{name}.yaml"
    try:
        settings = load_stack_file(file)
    except (SettingsError, OSError, yaml.YAMLError, KeyError) as error:
        raise RefusalError(f"{file}: {error}", code=ExitCode.USAGE) from error
    session.backend = of_settings(f"stack {wanted.stack}", settings, file)
    return Home(session, settings, dry_run)


def _source(home: Home, url: str | None) -> FilePlace | OtherPlace:
    if url is None:
        return home.local
    if url.startswith("file://"):
        root = Path(url.removeprefix("file://")).expanduser()
        return FilePlace(root=root, project=home.project, stack=home.stack)
    return OtherPlace(pulumi=replace(home.pulumi(home.local), url=url))


def _print(home: Home, place: Place, *, put_away: Path | None, as_json: bool) -> None:
    profile = home.session.profile
    file = home.stack_file
    bucket = home.bucket.name if place.url == home.bucket.url else None
    passphrase = {} if file.provider else {k: v for k, v in home.variables.items() if k != "AWS_PROFILE"}
    environment = {"PULUMI_BACKEND_URL": place.url, **passphrase, **({"AWS_PROFILE": profile} if profile else {})}
    if as_json:
        print_one(
            OwnState(
                stack=home.stack,
                bucket=bucket,
                environment=environment,
                secrets_provider=file.provider or PASSPHRASE,
                put_away=str(put_away) if put_away else None,
            ),
            [],
            as_json=True,
        )
        return
    say("From now on every pulumi command on this stack needs:")
    print_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()))

"""Finds a backend by its Pulumi stack: the outputs of the stack, and what its file configures."""

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from blueprint.backend import RegionalBackend, backend
from settings.mistakes import SettingsError
from settings.model import Lock, Settings
from settings.stack_file import load_stack_file
from settings.state_keys import expected_states, state_key
from statectl.exit_code import ExitCode
from statectl.known_backend import KnownBackend
from statectl.refusal import RefusalError
from statectl.talk import say
from store.location import Location

SECONDS = 120.0
"""How long Pulumi may take to say a stack's outputs."""


def find_by_stack(stack: str, project: Path) -> KnownBackend:
    """The backend of a stack.

    Pulumi's own state may be what is out of reach, so where ``pulumi`` does not answer, the stack file alone has
    to do: every name follows from it, but for the id of the key.

    :param stack: its name, with or without organisation and project.
    :param project: the folder of ``Pulumi.yaml``.
    :raises statectl.refusal.RefusalError: where neither the outputs nor the stack file are to be had.
    """
    stack_file = project / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
    settings = _settings(stack_file)
    outputs, why_not = _outputs(stack, project)
    source = f"stack {stack}"
    if outputs:
        return _of_outputs(source, outputs, settings, stack_file)
    if settings is None:
        raise RefusalError(
            f"{source}: {why_not}, and there is no Pulumi.{stack}.yaml in {project}",
            next_step="name the project's folder with --project, or the bucket with --bucket and --region",
            code=ExitCode.USAGE,
        )
    say(f"{source}: {why_not}; its stack file alone says where the backend is")
    return of_settings(source, settings, stack_file)


def _settings(path: Path) -> Settings | None:
    if not path.exists():
        return None
    try:
        return load_stack_file(path)
    except (SettingsError, OSError, yaml.YAMLError, KeyError) as error:
        raise RefusalError(f"{path}: {error}", code=ExitCode.USAGE) from error


def _outputs(stack: str, project: Path) -> tuple[dict[str, Any], str]:
    """The outputs, or why there are none."""
    command = ["pulumi", "stack", "output", "--json", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(
            command,
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except FileNotFoundError:
        return {}, "there is no pulumi here" if project.is_dir() else f"there is no folder {project}"
    except OSError as error:
        return {}, f"pulumi could not be run ({error.strerror})"
    except subprocess.TimeoutExpired:
        return {}, f"pulumi did not answer within {SECONDS:.0f} seconds"
    if done.returncode != 0:
        said = [line.removeprefix("error: ") for line in done.stderr.strip().splitlines()]
        return {}, f"pulumi says: {said[-1] if said else f'exit code {done.returncode}'}"
    try:
        outputs: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {}, "pulumi printed no JSON"
    if "state_bucket_name" not in outputs:
        return {}, "its outputs name no state bucket: it was not brought up, or is another program's"
    return outputs, ""


def _of_outputs(source: str, outputs: dict[str, Any], settings: Settings | None, stack_file: Path) -> KnownBackend:
    def location(prefix: str) -> Location:
        return Location(
            bucket=outputs[f"{prefix}bucket_name" if prefix else "state_bucket_name"],
            region=outputs[f"{prefix}region"],
            lock=Lock(outputs["lock"]),
            table=outputs.get(f"{prefix}lock_table_name"),
            kms_key_arn=outputs.get(f"{prefix}kms_key_arn"),
            account_id=outputs["account_id"],
        )

    return KnownBackend(
        source=source,
        location=location(""),
        replica=location("replica_") if outputs.get("replica_bucket_name") else None,
        expected=frozenset(str(arguments["key"]) for arguments in outputs["backend_configs"].values()),
        settings=settings,
        stack_file=stack_file if settings is not None else None,
        outputs=outputs,
    )


def of_settings(source: str, settings: Settings, stack_file: Path) -> KnownBackend:
    """The backend as its stack file alone says, of which nothing need be there yet.

    :param source: how it was found, in words.
    """

    def location(region: RegionalBackend) -> Location:
        return Location(
            bucket=region.bucket.name,
            region=region.region,
            lock=settings.lock,
            table=region.table.name if region.table else None,
            # Its id is AWS's choice; what is written without one, the bucket encrypts by default.
            kms_key_arn=None,
            account_id=settings.account_id,
        )

    plan = backend(settings)
    return KnownBackend(
        source=source,
        location=location(plan.primary),
        replica=location(plan.replica) if plan.replica else None,
        expected=frozenset(map(state_key, expected_states(settings.states))),
        settings=settings,
        stack_file=stack_file,
    )

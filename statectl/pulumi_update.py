"""Runs a ``pulumi`` command that changes things, and says what it says meanwhile."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from statectl.refusal import RefusalError
from statectl.talk import say


def run_update(
    command: Sequence[str], folder: Path, *, variables: Mapping[str, str] | None = None, next_step: str
) -> None:
    """Run it to its end.

    :param folder: where the stack's ``Pulumi.yaml`` is.
    :param variables: its whole environment; ``None`` for this command's own.
    :param next_step: what to do where it does not end well.
    :raises statectl.refusal.RefusalError: where it does not, or cannot be run.
    """
    say(f"$ {' '.join(command)}")
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        raise no_pulumi(folder, error) from error
    with process:
        try:
            for line in process.stdout or ():
                if line.strip():
                    say(f"  {line.rstrip()}")
        except KeyboardInterrupt:
            # Ctrl-C reached Pulumi too, which ends what it has begun.
            process.wait()
            raise
    if process.returncode != 0:
        raise RefusalError(
            f"pulumi {command[1]} ended with code {process.returncode}; what it said is above", next_step=next_step
        )


def no_pulumi(folder: Path, error: OSError) -> RefusalError:
    """That ``pulumi`` could not be run at all."""
    return RefusalError(
        f"pulumi could not be run in {folder} ({error.strerror})",
        next_step="install Pulumi (https://www.pulumi.com/docs/install), and name the project's folder with "
        "--project",
    )

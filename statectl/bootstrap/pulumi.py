"""Runs ``pulumi`` on one stack in one backend, whatever the user is logged in to."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from statectl.pulumi_update import no_pulumi, run_update
from statectl.refusal import RefusalError

SECONDS = 300.0
"""How long a command may take that updates nothing."""


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The CLI, for one stack.

    :param stack: the stack's name.
    :param folder: where its ``Pulumi.yaml`` is.
    :param url: where Pulumi keeps the stack's state; the login of the user stays as it is.
    :param variables: further variables of its environment.
    """

    stack: str
    folder: Path
    url: str
    variables: Mapping[str, str]

    def make(self, provider: str) -> None:
        """Make the stack, empty, and leave the stack that is selected in the folder selected."""
        self.run("stack", "init", self.stack, "--no-select", "--secrets-provider", provider)

    def up(self) -> None:
        """Bring the stack up, and say what Pulumi says.

        :raises statectl.refusal.RefusalError: where it does not end well.
        """
        run_update(
            self._command("up", "--stack", self.stack, "--yes", "--skip-preview"),
            self.folder,
            variables=self._environment,
            next_step="mend that and run the same command again, which goes on",
        )

    def export(self) -> bytes:
        """The stack's state, with its secrets encrypted."""
        return self.run("stack", "export", "--stack", self.stack)

    def take(self, file: Path) -> None:
        """Put an exported state in the place of the stack's own."""
        self.run("stack", "import", "--stack", self.stack, "--file", str(file.resolve()))

    def change_provider(self, provider: str) -> None:
        """Put the secrets of state and stack file under another key."""
        self.run("stack", "change-secrets-provider", provider, "--stack", self.stack)

    def read(self) -> None:
        """Read the whole state, secrets too, and print none of it."""
        self.run("stack", "output", "--json", "--stack", self.stack)

    def run(self, *arguments: str) -> bytes:
        """Run a command; what it prints.

        :raises statectl.refusal.RefusalError: where it does not end well.
        """
        try:
            done = subprocess.run(
                self._command(*arguments),
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=SECONDS,
            )
        except OSError as error:
            raise no_pulumi(self.folder, error) from error
        except subprocess.TimeoutExpired as error:
            raise RefusalError(
                f"pulumi {' '.join(arguments[:2])} did not end within {SECONDS:.0f} seconds",
                next_step="see what keeps it, and run the same command again, which goes on",
            ) from error
        if done.returncode != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            said = " ".join(line.strip().removeprefix("error: ") for line in lines)
            raise RefusalError(
                f"pulumi {' '.join(arguments[:2])} in {self.url}: {said or f'exit code {done.returncode}'}",
                next_step="mend that and run the same command again, which goes on",
            )
        return done.stdout

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            **self.variables,
            "PULUMI_BACKEND_URL": self.url,
        }

    def _command(self, *arguments: str) -> Sequence[str]:
        return ["pulumi", *arguments, "--non-interactive", "--color", "never"]

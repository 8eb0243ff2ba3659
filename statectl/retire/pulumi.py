"""Runs ``pulumi`` for a stack, and says what it says."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from statectl.pulumi_update import no_pulumi, run_update
from statectl.refusal import RefusalError

SECONDS = 120.0
"""How long a question may take."""


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The CLI, for one stack.

    :param stack: the stack's name.
    :param project: the folder of its ``Pulumi.yaml``.
    """

    stack: str
    project: Path

    @property
    def stack_file(self) -> Path:
        """The file that configures it."""
        return self.project / f"Pulumi.{self.stack.rsplit('/', 1)[-1]}.yaml"

    def command(self, verb: str) -> list[str]:
        """The command line of an update."""
        options = ["--yes", "--skip-preview", "--suppress-outputs", "--non-interactive"]
        return ["pulumi", verb, "--stack", self.stack, *options]

    def carry_out(self, verb: str) -> None:
        """Run ``pulumi up`` or ``pulumi destroy`` to its end.

        :raises statectl.refusal.RefusalError: where it does not end well.
        """
        run_update(
            self.command(verb),
            self.project,
            next_step="mend that and run the same command again, which goes on; where the stack is locked and "
            f"nobody runs Pulumi any more, first: pulumi cancel --stack {self.stack}",
        )

    def backend_url(self) -> str:
        """Where Pulumi keeps its own state.

        :raises statectl.refusal.RefusalError: where it does not say.
        """
        command = ["pulumi", "whoami", "--json", "--non-interactive"]
        try:
            done = subprocess.run(
                command,
                cwd=self.project,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
                timeout=SECONDS,
            )
            return str(json.loads(done.stdout)["url"])
        except OSError as error:
            raise no_pulumi(self.project, error) from error
        except (subprocess.SubprocessError, ValueError, KeyError) as error:
            raise RefusalError(
                "pulumi does not say where it keeps its own state",
                next_step="log in: pulumi login, or set PULUMI_BACKEND_URL",
            ) from error

"""Stack `local` of the Pulumi program, on the emulated AWS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud import paths
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.failure import Failure
from localcloud.leash import Finished
from localcloud.steps import Step

NAME = "local"
COUNTED = re.compile(r"^\s*(?:[-+~]+ )?(\d+) (created|updated|deleted|replaced|unchanged|same)\b")


@dataclass(frozen=True)
class Stack:
    """The stack, with all it needs to be run: engine, environment, and where its output is kept in full."""

    engine: Engine
    env: Mapping[str, str]
    log: Path

    @classmethod
    def on(cls, engine: Engine, emulator: Emulator, state: Path, log: Path) -> "Stack":
        """The stack on this emulated AWS, with Pulumi's own state in `state`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        return cls(engine, {**engine.environment(state), **emulator.environment()}, log)

    def up(self, step: Step) -> str:
        """Bring it up; what changed, in a few words. `Failure` with Pulumi's words when it does not come up."""
        self._run(["stack", "select", NAME, "--create"], step)
        finished = self._run(["up", "--stack", NAME, "--yes", "--skip-preview", "--suppress-outputs"], step)
        counts = [match.groups() for line in finished.stdout.splitlines() if (match := COUNTED.match(line))]
        changed = [f"{number} {what}" for number, what in counts if what not in {"unchanged", "same"}]
        unchanged = sum(int(number) for number, what in counts if what in {"unchanged", "same"})
        return ", ".join(changed) or f"no changes ({unchanged} resources)"

    def outputs(self) -> dict[str, Any]:
        """What the stack promises to those who use it."""
        return dict(json.loads(self._run(["stack", "output", "--stack", NAME, "--json"], Step()).stdout))

    def _run(self, arguments: list[str], step: Step) -> Finished:
        finished = self.engine.run(
            arguments, cwd=paths.PROJECT, env=self.env, on_line=lambda line: step.note(line.strip())
        )
        with self.log.open("a") as log:
            log.write(f"$ pulumi {' '.join(arguments)}\n{finished.stdout}{finished.stderr}\n")
        if finished.exit_code != 0:
            last = "\n".join((finished.stdout + finished.stderr).strip().splitlines()[-25:])
            raise Failure(f"`pulumi {' '.join(arguments[:2])}` failed; all it said is in {self.log}.", last)
        return finished

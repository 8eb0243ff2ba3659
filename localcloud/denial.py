"""One pipeline asks for another's state and is refused: shown with real Terraform."""

from dataclasses import replace
from pathlib import Path

from localcloud import states
from localcloud.backend_files import StateFiles
from localcloud.emulator import Emulator
from localcloud.failure import Failure


def refused(own: StateFiles, other: StateFiles, emulator: Emulator, data: Path) -> str:
    """Let the pipeline of `own` ask for `other` in its own role; the role's name, once it was refused with 403."""
    here = replace(states.workdir(own, emulator, data), data=data / "another's state")
    key = other.arguments["key"]
    finished = here.run([*states.init_arguments(own), f"-backend-config=key={key}"])
    denied = f'Unable to access object "{key}"' in finished.stderr and "StatusCode: 403" in finished.stderr
    if finished.exit_code == 0 or not denied:
        what = f"The pipeline of {own.pipeline.entry} was not refused {other.name}."
        raise Failure(what, finished.stdout + finished.stderr)
    return own.pipeline.role

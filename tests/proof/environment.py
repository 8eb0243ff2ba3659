"""The environment of the second evaluator and the linter, whose pins would not fit beside the program's."""

import json
import subprocess
from pathlib import Path
from typing import Any

from localcloud.failure import Failure
from localcloud.paths import LOCAL
from localcloud.steps import Steps
from tests import tools

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-evaluator.txt"
TOOLS = LOCAL / "tools"


class EnvironmentMissingError(Exception):
    """The environment could not be made; the message is one line."""


def python(*, folder: Path = TOOLS) -> Path:
    """The environment's Python; the environment is made where it is missing or was made from other pins.

    :raises EnvironmentMissingError: where it cannot be made.
    """
    try:
        return tools.obtain(REQUIREMENTS, Steps(), folder=folder) / "python"
    except Failure as failure:
        raise EnvironmentMissingError(
            f"{failure} Without the second evaluator of {REQUIREMENTS.name} nothing is proved."
        ) from failure


def run(program: str, asked: object) -> Any:
    """What a program of this folder answers, JSON in and JSON out."""
    finished = subprocess.run(
        [python(), HERE / program], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise RuntimeError(f"{program}: {finished.stderr[-2000:]}")
    return json.loads(finished.stdout)

"""The environment of the second evaluator and the linter, whose pins would not fit beside the program's."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from localcloud.paths import LOCAL

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-evaluator.txt"
SECONDS = 300.0


class EnvironmentMissingError(Exception):
    """The environment could not be made; the message is one line."""


def python() -> Path:
    """The environment's Python; the environment is made where it is missing or was made from other pins."""
    folder = LOCAL / "proof"
    LOCAL.mkdir(parents=True, exist_ok=True)
    with (LOCAL / "proof.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "installed"
        wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
        made = folder / "bin" / "python"
        if not stamp.exists() or stamp.read_text() != wanted or not made.exists():
            _make(folder)
            stamp.write_text(wanted)
        return made


def run(program: str, asked: object) -> Any:
    """What a program of this folder answers, JSON in and JSON out."""
    finished = subprocess.run(
        [python(), HERE / program], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise RuntimeError(f"{program}: {finished.stderr[-2000:]}")
    return json.loads(finished.stdout)


def _make(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, "--retries", "1", "--no-deps", "-r", str(REQUIREMENTS)],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
            lines = (done.stdout + done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
            said = lines[-1] if done.returncode else ""
        except subprocess.TimeoutExpired:
            said = f"no answer in {SECONDS:.0f} seconds"
        if said:
            raise EnvironmentMissingError(
                f"The second evaluator of {REQUIREMENTS.name} could not be installed, and without it nothing is "
                f"proved: {said}"
            )

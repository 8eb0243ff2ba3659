"""A scanner in a virtual environment of its own, from a complete list of pinned packages."""

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

from localcloud import environment, leash
from localcloud.failure import Failure
from localcloud.paths import LOCAL
from localcloud.steps import Step, Steps

HERE = Path(__file__).parent
UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "NewConnectionError")


def obtain(tool: str, steps: Steps, *, folder: Path = LOCAL / "scanners") -> Path:
    """The command of a scanner, installed where it is missing or its pins changed.

    :raises Failure: with one line, when it cannot be installed.
    """
    requirements = HERE / f"requirements-{tool}.txt"
    home = folder / tool
    command, stamp = home / "bin" / tool, home / "installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{tool}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be installing the same
        if not (stamp.exists() and stamp.read_text() == wanted and command.exists()):
            with steps.step(f"Installing {tool}") as step:
                _install(tool, home, requirements, step)
                stamp.write_text(wanted)
    return command


def _install(tool: str, home: Path, requirements: Path, step: Step) -> None:
    shutil.rmtree(home, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(home)], f"`python -m venv` failed for {tool}.", step)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--retries", "1"]
    _run([*pip, "--no-deps", "-r", str(requirements)], f"pip could not install the pinned {tool}.", step)


def _run(command: list[str], failure: str, step: Step) -> None:
    def tell(line: str) -> None:
        if line.lstrip().startswith(("Collecting", "Downloading", "Installing")):
            step.note(line.strip()[:100])

    finished = leash.run(command, env=environment.clean(), on_line=tell, grace=2)
    if finished.exit_code == 0:
        return
    said = finished.stdout + finished.stderr
    if any(sign in said for sign in UNREACHABLE):
        failure += " The packages could not be fetched: mend the network, or name a mirror in PIP_INDEX_URL."
    raise Failure(failure, said[-2000:])

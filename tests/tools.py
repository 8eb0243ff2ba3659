"""A tool in a virtual environment of its own, from a complete list of pinned packages.

Scanners, evaluators of policies and the AWS CLI each pin what would not fit beside the project.
"""

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

from localcloud import environment, leash
from localcloud.failure import Failure
from localcloud.paths import LOCAL
from localcloud.steps import Step, Steps

UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "NewConnectionError")


def obtain(requirements: Path, steps: Steps, *, folder: Path = LOCAL / "tools") -> Path:
    """The ``bin`` of a tool's environment, which is made where it is missing or its pins changed.

    :param requirements: every package that it needs, pinned: ``requirements-<tool>.txt``.
    :raises Failure: with one line, when it cannot be installed.
    """
    tool = requirements.stem.removeprefix("requirements-")
    home = folder / tool
    stamp = home / "installed"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{tool}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be installing the same
        if not (stamp.exists() and stamp.read_text() == wanted):
            with steps.step(f"Installing {tool}") as step:
                _install(tool, home, requirements, step)
                stamp.write_text(wanted)
    return home / "bin"


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

"""Makes `.venv` from the pinned requirements, with the project and its command `statectl` installed in it:
`python3 -m localcloud.venv`, with nothing but a Python.

What is there already and fits is left alone. A virtual environment whose making was interrupted is made anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = (3, 11)
FILES = (
    *("requirements.txt", "requirements-statectl.txt", "requirements-dev.txt", "constraints.txt"),
    "pyproject.toml",
)
"""What `.venv` is made from."""
HEARTBEAT_SECONDS = 20


def main() -> int:
    """0 when `.venv` holds what the requirements say, 1 with one line why not."""
    if sys.version_info[:2] < PYTHON:
        needed = ".".join(map(str, PYTHON))
        return _fail(
            f"Python {needed} or later is needed, this is {sys.version.split()[0]}: `make PYTHON=python3.11`."
        )
    stamp = VENV / "installed"
    wanted = hashlib.sha256(b"".join((PROJECT / name).read_bytes() for name in FILES)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    start = time.monotonic()
    print("Making .venv from the pinned requirements", flush=True)
    python = VENV / "bin" / "python"
    if not stamp.exists() or not python.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            return _fail(
                "`python -m venv` failed: on Debian and Ubuntu, install python3-venv.", made.stdout + made.stderr
            )
    stamp.unlink(missing_ok=True)
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--retries", "1"]
    # The project itself last: without a look at the index, and as a folder on the path rather than an import hook.
    itself = ["--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat", "-e", str(PROJECT)]
    for what in (["-r", str(PROJECT / "requirements-dev.txt")], itself):
        code, said = _watch([*install, *what], start)
        if code != 0:
            break
    if code != 0:
        unreachable = any(
            sign in said for sign in ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError")
        )
        return _fail(
            "The packages could not be fetched: mend the network, or name a mirror in PIP_INDEX_URL."
            if unreachable
            else "pip could not install the pinned requirements.",
            said[-2000:],
        )
    stamp.write_text(wanted)
    print(f"Made .venv in {time.monotonic() - start:.0f} seconds", flush=True)
    return 0


def _watch(command: list[str], start: float) -> tuple[int, str]:
    """Run pip; show each package as it comes, and a sign of life while nothing does."""
    from localcloud import leash, leash_wrapper  # noqa: PLC0415  (an older Python could not read them)

    if "MAKELEVEL" in os.environ:
        leash_wrapper.end_with_parent()
    terminal, shown, over = sys.stdout.isatty(), ["at work"], threading.Event()

    def tell(line: str) -> None:
        if line.lstrip().startswith(("Collecting", "Downloading", "Installing")):
            shown[0] = line.strip()[:100]

    def live() -> None:
        while not over.wait(0.2 if terminal else HEARTBEAT_SECONDS):
            begin, end = ("\r\033[K", "") if terminal else ("", "\n")
            print(f"{begin}  {time.monotonic() - start:.0f} s: {shown[0]}", end=end, flush=True)

    life = threading.Thread(target=live, daemon=True)
    life.start()
    try:
        finished = leash.run(command, on_line=tell, grace=2)
    finally:
        over.set()
        life.join()
        if terminal:
            print("\r\033[K", end="", flush=True)
    return finished.exit_code, finished.stdout + finished.stderr


def _fail(message: str, details: str = "") -> int:
    if details:
        print(details, file=sys.stderr)
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

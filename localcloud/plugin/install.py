"""Puts the stand-in where the engine looks for the aws plugin."""

import sys
from importlib.metadata import version
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]

_SCRIPT = """\
#!{python}
import sys

sys.path.insert(0, {project!r})

from localcloud.plugin.__main__ import main

main()
"""


def install(pulumi_home: Path) -> Path:
    """Write the executable of the `aws` plugin into `pulumi_home` and return its path; a second call
    changes nothing.

    It has the version of the installed `pulumi-aws`, which is the one that a program asks the engine for, and
    runs on the interpreter that runs now.
    """
    folder = pulumi_home / "plugins" / f"resource-aws-v{version('pulumi-aws')}"
    executable = folder / "pulumi-resource-aws"
    text = _SCRIPT.format(python=sys.executable, project=str(_PROJECT))
    folder.mkdir(parents=True, exist_ok=True)
    if not executable.exists() or executable.read_text(encoding="utf-8") != text:
        # Written aside first: an engine may be starting the old one.
        fresh = executable.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(executable)
    return executable

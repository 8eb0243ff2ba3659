"""Puts the stand-in where the engine looks for the aws plugin."""

import os
import shlex
import sys
from importlib.metadata import version
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]

# The parent is asked for before the imports, which take a while: the engine may end meanwhile.
_PROGRAM = """\
import os, sys
engine = os.getppid()
sys.path.insert(0, {project!r})
from localcloud.plugin.__main__ import main
main(engine)
"""


def install(pulumi_home: Path) -> Path:
    """Write the executable of the `aws` plugin into `pulumi_home` and return its path.

    A second call changes nothing.

    It has the version of the installed `pulumi-aws`, which is the one that a program asks the engine for, and
    runs on the interpreter that runs now.
    """
    folder = pulumi_home / "plugins" / f"resource-aws-v{version('pulumi-aws')}"
    executable = folder / "pulumi-resource-aws"
    # By way of the shell, for a first line with an interpreter takes neither blanks nor a long path. With -P
    # nothing is imported from the folder of the program that the engine runs.
    program = _PROGRAM.format(project=str(_PROJECT))
    text = f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -c {shlex.quote(program)}\n"
    folder.mkdir(parents=True, exist_ok=True)
    if not executable.exists() or executable.read_text(encoding="utf-8") != text:
        # Written aside first: an engine may be starting the old one.
        fresh = executable.with_suffix(f".{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(executable)
    return executable

"""Somebody at a command line: runs ``statectl`` and keeps what it printed."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from localcloud import environment
from localcloud.paths import PROJECT
from statectl.__main__ import main
from statectl.exit_code import ExitCode


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Operator:
    """Who runs commands.

    :param environment: the variables that lead to the backend and hold the credentials; nothing of the user's own
        comes beside them.
    """

    environment: Mapping[str, str]

    def run(self, *arguments: str) -> Outcome:
        """Run a command in this process, with nobody at the keyboard."""
        out, err = io.StringIO(), io.StringIO()
        variables = {**environment.clean(), **self.environment}
        with (
            patch.dict(os.environ, variables, clear=True),
            patch.object(sys, "stdin", io.StringIO()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(list(arguments))
        assert "Traceback" not in err.getvalue()
        return Outcome(int(code), out.getvalue(), err.getvalue())

    def do(self, *arguments: str) -> Outcome:
        """Run a command that must end well."""
        outcome = self.run(*arguments)
        assert outcome.code == ExitCode.FINE, f"{arguments}: {outcome}"
        return outcome

    def json(self, *arguments: str) -> Any:
        """What a command says as JSON, whatever it found."""
        return self.run(*arguments, "--json").json()

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command in a process of its own, with nobody at the keyboard."""
        return subprocess.Popen(
            [sys.executable, "-m", "statectl", *arguments],
            cwd=PROJECT,
            env={**environment.clean(), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def with_variables(self, **variables: str) -> "Operator":
        return replace(self, environment={**self.environment, **variables})

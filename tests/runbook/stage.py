"""Stack prod on an emulated AWS of its own, and one of its operators at a terminal."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from localcloud import environment
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from statectl.__main__ import main
from tests.integration.deployment import Deployment, role_credentials
from tests.runbook.scenes import prepare
from tests.runbook.transcript import Command
from tests.statectl.emulated_leave import emulated_leave
from tests.statectl.operator import Operator
from tests.statectl.stack import Stack

OPERATOR = "platform-engineer"
"""The role that Pulumi.prod.yaml names as a writing operator."""


class Stage:
    """Where the emergencies take place.

    :param stack: stack prod, with two states in it.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        plan = stack.deployment.plan
        emulator, account = stack.deployment.emulator, plan.settings.account_id
        self._operator = stack.operator(
            role_credentials(emulator, account, OPERATOR, emulated_leave(plan)), pulumi=True
        )

    def type(self, command: Command) -> str:
        """Run a command of ``statectl``; what a terminal shows of it."""
        name, *arguments = command.arguments
        assert name == "statectl", command
        return shown(self._operator, arguments)


def shown(operator: Operator, arguments: list[str]) -> str:
    """What a command says and prints, in the order of a terminal."""
    terminal = io.StringIO()
    with (
        patch.dict(os.environ, {**environment.clean(), **operator.environment}, clear=True),
        patch.object(sys, "stdin", io.StringIO()),
        contextlib.redirect_stdout(terminal),
        contextlib.redirect_stderr(terminal),
    ):
        main(arguments)
    return terminal.getvalue()


@contextmanager
def stage(folder: Path, engine: Engine) -> Iterator[Stage]:
    """Bring the stack up, and end its AWS afterwards."""
    with Emulator.start(folder / "emulator") as emulator:
        deployment = Deployment.prepare("prod", folder, engine, emulator)
        deployment.up()
        made = Stack(
            lock=Lock.BOTH, deployment=deployment, outputs=deployment.outputs(), folder=folder / "terraform"
        )
        prepare(made)
        yield Stage(made)

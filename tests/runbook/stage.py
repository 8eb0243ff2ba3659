"""Stack prod on an emulated AWS of its own, and one of its operators at a terminal."""

import contextlib
import io
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from blueprint.policy_document import policy
from localcloud import environment
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.paths import PROJECT
from localcloud.terraform import TERRAFORM
from settings.model import Lock
from statectl.__main__ import main
from tests.faults.proxy import Proxy
from tests.faults.region import Region
from tests.integration.deployment import ANYTHING, Deployment, role_credentials
from tests.runbook.scenes import NETWORK, prepare
from tests.runbook.transcript import Command
from tests.statectl.emulated_leave import emulated_leave
from tests.statectl.operator import Operator
from tests.statectl.stack import Stack

OPERATOR = "platform-engineer"
"""The role that Pulumi.prod.yaml names as a writing operator."""
ADMINISTRATOR = "platform-admin"
"""The role that it names as an administrator, who alone carries out a failover."""
ADMINISTERS = {"failover", "failback"}
"""What such a one does."""


class Stage:
    """Where the emergencies take place.

    :param stack: stack prod, with two states in it.
    :param folder: where commands are typed.
    :param region: the switch of the first region.
    :param endpoint: where commands find AWS, through that switch.
    """

    def __init__(self, stack: Stack, folder: Path, region: Region, endpoint: str) -> None:
        self.stack = stack
        self.region = region
        self._folder = folder
        plan = stack.deployment.plan
        emulator, account = stack.deployment.emulator, plan.settings.account_id
        reached = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_MAX_ATTEMPTS": "2",
            "STATECTL_TERRAFORM": shlex.join(TERRAFORM),
            "PYTHONPATH": str(PROJECT),
        }
        leave = emulated_leave(plan)
        self._operator = stack.operator(
            role_credentials(emulator, account, OPERATOR, leave), pulumi=True
        ).with_variables(**reached)
        self._administrator = stack.operator(
            role_credentials(emulator, account, ADMINISTRATOR, policy(ANYTHING)), pulumi=True
        ).with_variables(**reached)

    def type(self, command: Command) -> str:
        """Run ``statectl``, or ``terraform`` where the first state is; what a terminal shows of it."""
        name, *arguments = command.arguments
        if name == "terraform":
            done = self.stack.terraform(NETWORK).run([*arguments, "-no-color"])
            return done.stdout + done.stderr
        assert name == "statectl", command
        with contextlib.chdir(self._folder):
            return shown(self._administrator if arguments[0] in ADMINISTERS else self._operator, arguments)


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
        region = Region(made.outputs["region"])
        with Proxy(emulator, rule=region.rule, afterwards=region.afterwards) as proxy:
            yield Stage(made, folder, region, proxy.endpoint)

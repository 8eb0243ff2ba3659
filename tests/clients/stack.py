"""A stack with both locks, and each client on its states as one access entry's pipeline."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.backend_fit import LOCKS, fit
from blueprint.backend_forms import Form, text_of
from docs.client_behaviour import Party, Tried
from localcloud.backend_files import emulator_arguments
from localcloud.emulator import Emulator
from localcloud.terraform import Workdir
from settings.model import Lock
from tests.access import stack as access
from tests.integration.deployment import root_credentials

ACCOUNT, PIPELINE = "100000000071", "100000000072"
ENTRY = "clients"
OF_CLIENTS = tuple(tried.value.lower().replace(" ", "-") for tried in Tried)
"""The states that one client alone writes."""
OF_SEVERAL = ("mixed", "past-dynamodb", "past-lockfile", "handed-on", "stale")
CONFIGURATION = Path(access.__file__).with_name("configuration.tf")
READER = Path(access.__file__).with_name("remote_state.tf")


def config() -> dict[str, Any]:
    """What the stack file says."""
    own = {
        "namePrefix": "acme",
        "accountId": ACCOUNT,
        "lock": "both",
        "accessLogs": False,
        "protect": False,
        "states": {"clients": [*OF_CLIENTS, *OF_SEVERAL]},
        "administrators": [f"arn:aws:iam::{ACCOUNT}:root"],
        "access": [
            {
                "name": ENTRY,
                "states": ["clients/*"],
                "mode": "write",
                "workspaces": True,
                "accounts": [{"id": PIPELINE, "externalId": "pipeline-of-clients"}],
            }
        ],
    }
    named = {f"state-backend:{key}": value for key, value in own.items()}
    return {"aws:region": "eu-central-1", "aws:allowedAccountIds": [ACCOUNT], **named}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack as it is deployed, and the clients.

    :param outputs: what it promises.
    :param folder: where the clients' files go.
    :param program: the command that runs a client.
    """

    emulator: Emulator
    outputs: Mapping[str, Any]
    folder: Path
    program: Callable[[Tried], Sequence[str]]

    def arguments(self, tried: Tried, state: str, lock: Lock) -> dict[str, Any]:
        """The backend's arguments as ``statectl backend write`` fits them to a client, and the lock.

        The lock is not fitted: what a client does not know it is to say itself.
        """
        promised = self.outputs["access"][ENTRY]["backend_configs"][f"clients/{state}"]
        given = {**promised, **emulator_arguments(self.emulator)}
        locks = {name: given.pop(name) for name in LOCKS}
        chosen = {"use_lockfile": lock.uses_lockfile, "dynamodb_table": lock.uses_table}
        wanted = {name: value for name, value in locks.items() if chosen[name]}
        return {**fit(given, tried.client).arguments, **wanted}

    def workdir(self, tried: Tried, state: str, name: str = "") -> Workdir:
        """A client in a folder of its own, which is not initialised."""
        folder = self.folder / f"{tried}-{state}-{name}".replace(" ", "-")
        if not folder.exists():
            folder.mkdir(parents=True)
            shutil.copy(CONFIGURATION, folder / "main.tf")
        environment = {**self.emulator.environment(), **root_credentials(PIPELINE)}
        return Workdir(folder, folder / "data", environment, self.program(tried))

    def tell(self, here: Workdir, tried: Tried, state: str, lock: Lock) -> None:
        """Write the backend file that ``init`` is to read."""
        text = text_of(Form.HCL, state, self.arguments(tried, state, lock), tried.client)
        (here.configuration / "backend.hcl").write_text(text)

    def ready(self, party: Party, state: str) -> Workdir:
        """A client that is initialised on a state, once."""
        here = self.workdir(party.tried, state, party.lock)
        if not (here.configuration / access.READY).exists():
            self.tell(here, party.tried, state, party.lock)
            here.do(init())
            (here.configuration / access.READY).touch()
        return here


def init(*more: str) -> list[str]:
    """The arguments of ``init`` with the backend file."""
    return ["init", "-no-color", "-backend-config=backend.hcl", *more]

"""A stack for each kind of lock, with real Terraform on its states."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.hcl import to_hcl
from localcloud.backend_files import emulator_arguments
from localcloud.terraform import Workdir
from settings.model import Lock
from tests.integration.deployment import Deployment, root_credentials
from tests.statectl.operator import Operator

CONFIGURATION = Path(__file__).parents[1] / "access" / "configuration.tf"
READY = "ready"
"""Lies in a folder where Terraform is initialised."""
ACCOUNTS = {Lock.LOCKFILE: "100000000011", Lock.DYNAMODB: "100000000012", Lock.BOTH: "100000000013"}
"""The stack's account, by the kind of lock."""


def config(lock: Lock) -> dict[str, Any]:
    """What the stack file says."""
    account = ACCOUNTS[lock]
    own = {
        "namePrefix": "acme",
        "accountId": account,
        "replicaRegion": "eu-west-1",
        "lock": lock.value,
        "protect": False,
        "states": {"prod": ["network", "database", "queue"], "dev": ["network"]},
        "administrators": [f"arn:aws:iam::{account}:root"],
        "auditTrail": {"days": 30},
    }
    named = {f"state-backend:{key}": value for key, value in own.items()}
    return {"aws:region": "eu-central-1", "aws:allowedAccountIds": [account], **named}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack as it is deployed.

    :param lock: the kind of its lock.
    :param outputs: what it promises.
    :param folder: where Terraform's files go.
    """

    lock: Lock
    deployment: Deployment
    outputs: Mapping[str, Any]
    folder: Path

    @property
    def bucket(self) -> str:
        return str(self.outputs["state_bucket_name"])

    @property
    def table(self) -> str:
        return str(self.outputs["lock_table_name"])

    def s3(self) -> Any:
        """A client of the account's root, in the first region."""
        return self.deployment.client("s3", self.outputs["region"])

    def dynamodb(self) -> Any:
        return self.deployment.client("dynamodb", self.outputs["region"])

    def operator(self, credentials: Mapping[str, str] | None = None, *, pulumi: bool = False) -> Operator:
        """Somebody with ``statectl`` and the stack.

        :param credentials: the account's root's unless others are given.
        :param pulumi: whether there is a ``pulumi`` to ask for the outputs, which takes a second each time;
            otherwise the stack file alone says where the backend is.
        """
        account = self.deployment.plan.settings.account_id
        engine = self.deployment.engine.environment(self.deployment.folder.parent / "state")
        return Operator(
            environment={
                **(engine if pulumi else {"PATH": ""}),
                **self.deployment.emulator.environment(),
                **(credentials or root_credentials(account)),
                "STATECTL_PROJECT": str(self.deployment.folder),
                "STATECTL_STACK": self.deployment.stack,
            }
        )

    def terraform(self, key: str, *, name: str | None = None, **arguments: Any) -> Workdir:
        """Terraform on the state at ``key``, initialised.

        :param name: a folder of its own; as many as there are of them can work on the same state.
        :param arguments: of the backend, beside or instead of the generated ones.
        """
        folder = self.folder / (name or key.replace("/", "-"))
        if not arguments and (folder / READY).exists():
            return Workdir(folder, folder / "data", self._terraform_environment())
        known = next(iter(self.outputs["backend_configs"].values()))
        backend = {**known, "key": key, **emulator_arguments(self.deployment.emulator), **arguments}
        here = Workdir(folder, folder / "data", self._terraform_environment())
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONFIGURATION, folder / "main.tf")
        (folder / "backend.hcl").write_text(to_hcl(backend))
        here.do(["init", "-no-color", "-reconfigure", "-backend-config=backend.hcl"])
        (folder / READY).touch()
        return here

    def _terraform_environment(self) -> dict[str, str]:
        environment = self.deployment.emulator.environment()
        return {**environment, **root_credentials(self.deployment.plan.settings.account_id)}

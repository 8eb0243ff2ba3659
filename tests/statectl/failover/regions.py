"""A backend in two regions with a pipeline and an administrator, and Terraform on either side."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blueprint.hcl import to_hcl
from blueprint.policy_document import policy
from blueprint.standby import Home
from localcloud.backend_files import emulator_arguments
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.terraform import Workdir
from settings.model import Lock
from statefile.keys import digest_id, lockfile_key, state_of_lockfile
from tests.access.stack import apply
from tests.integration.deployment import ANYTHING, Deployment, client, role_credentials
from tests.statectl.operator import Operator
from tests.statectl.stack import CONFIGURATION

KEY = "prod/network/terraform.tfstate"
ACCOUNTS = {Lock.LOCKFILE: "100000000051", Lock.DYNAMODB: "100000000052", Lock.BOTH: "100000000053"}


def config(lock: Lock, account: str, **more: Any) -> dict[str, Any]:
    """What the stack file says."""
    own = {
        "namePrefix": "acme",
        "accountId": account,
        "replicaRegion": "eu-west-1",
        "lock": lock.value,
        "accessLogs": False,
        "protect": False,
        "states": {"prod": ["network", "database"], "dev": ["network"]},
        "administrators": [f"arn:aws:iam::{account}:role/platform"],
        "access": [
            {
                "name": "pipeline",
                "states": ["prod/*", "dev/*"],
                "mode": "write",
                "workspaces": True,
                "principals": [f"arn:aws:iam::{account}:role/pipeline"],
            }
        ],
        **more,
    }
    named = {f"state-backend:{key}": value for key, value in own.items()}
    return {"aws:region": "eu-central-1", "aws:allowedAccountIds": [account], **named}


@dataclass(frozen=True, kw_only=True)
class Regions:
    """The two regions of a stack.

    :param outputs: what the stack promises.
    :param folder: where Terraform's files go.
    :param at_home: the policies of the buckets as ``pulumi up`` made them.
    """

    lock: Lock
    deployment: Deployment
    outputs: Mapping[str, Any]
    folder: Path
    at_home: dict[Home, str] = field(default_factory=dict)

    @classmethod
    def deployed(
        cls,
        lock: Lock,
        folder: Path,
        engine: Engine,
        emulator: Emulator,
        *,
        account: str | None = None,
        **more: Any,
    ) -> "Regions":
        """A stack of its own.

        :param account: the account; each kind of lock has one.
        :param more: what its stack file says besides, or instead.
        """
        own = config(lock, account or ACCOUNTS[lock], **more)
        deployment = Deployment.prepare(f"failover-{lock.value}", folder, engine, emulator, config=own)
        deployment.up()
        made = cls(lock=lock, deployment=deployment, outputs=deployment.outputs(), folder=folder / "terraform")
        made.at_home.update({home: made.policy(home) for home in Home})
        return made

    @property
    def account(self) -> str:
        return self.deployment.plan.settings.account_id

    def region(self, home: Home) -> str:
        return str(self.outputs["region" if home is Home.FIRST else "replica_region"])

    def bucket(self, home: Home) -> str:
        return str(self.outputs["state_bucket_name" if home is Home.FIRST else "replica_bucket_name"])

    def table(self, home: Home) -> str:
        return str(self.outputs["lock_table_name" if home is Home.FIRST else "replica_lock_table_name"])

    def s3(self, home: Home) -> Any:
        """A client of the account's root, whom no policy binds."""
        return self.deployment.client("s3", self.region(home))

    def dynamodb(self, home: Home) -> Any:
        return self.deployment.client("dynamodb", self.region(home))

    def client(self, service: str, home: Home, role: str) -> Any:
        """A client of a role, whom policies bind."""
        return client(self.deployment.emulator, service, self.region(home), self.credentials(role))

    def credentials(self, role: str) -> dict[str, str]:
        """Of ``platform``, the administrator, or of ``pipeline``, which has its access entry and no more."""
        own = policy(ANYTHING) if role == "platform" else None
        return role_credentials(self.deployment.emulator, self.account, role, own)

    def operator(self, role: str = "platform") -> Operator:
        """Somebody with ``statectl`` and the stack's file."""
        return Operator(
            environment={
                "PATH": "",
                **self.deployment.emulator.environment(),
                **self.credentials(role),
                "STATECTL_PROJECT": str(self.deployment.folder),
                "STATECTL_STACK": self.deployment.stack,
            }
        )

    def terraform(self, home: Home, key: str = KEY, *, name: str = "", endpoint: str | None = None) -> Workdir:
        """Terraform as the pipeline, initialised on a state in one region.

        :param name: a folder of its own.
        :param endpoint: where it finds AWS, instead of the emulator itself.
        """
        here = self.workdir(home, key, name=name, endpoint=endpoint)
        here.do(["init", "-no-color", "-reconfigure", "-backend-config=backend.hcl"])
        return here

    def workdir(self, home: Home, key: str = KEY, *, name: str = "", endpoint: str | None = None) -> Workdir:
        """The same before it is initialised."""
        output = "backend_configs" if home is Home.FIRST else "replica_backend_configs"
        known = self.outputs["access"]["pipeline"][output]["prod/network"]
        backend = {**known, "key": key, **emulator_arguments(self.deployment.emulator)}
        if endpoint is not None:
            backend["endpoints"] = dict.fromkeys(backend["endpoints"], endpoint)
        folder = self.folder / f"{name or home}-{key.replace('/', '-')}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONFIGURATION, folder / "main.tf")
        (folder / "backend.hcl").write_text(to_hcl(backend))
        environment = {**self.deployment.emulator.environment(), **self.credentials("pipeline")}
        return Workdir(folder, folder / "data", environment)

    def apply(self, home: Home, content: str, key: str = KEY) -> Workdir:
        """Apply once, which must go well."""
        here = self.terraform(home, key)
        here.do(apply(content, "-auto-approve"))
        return here

    def body(self, home: Home, key: str = KEY) -> bytes | None:
        """A state in one region; ``None`` where there is none."""
        s3 = self.s3(home)
        try:
            body: bytes = s3.get_object(Bucket=self.bucket(home), Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return body

    def serial(self, home: Home, key: str = KEY) -> int | None:
        body = self.body(home, key)
        return None if body is None else int(json.loads(body)["serial"])

    def digest(self, home: Home, key: str = KEY) -> str | None:
        """What the lock table of one region remembers of a state."""
        item = {"LockID": {"S": digest_id(self.bucket(home), key)}}
        found = self.dynamodb(home).get_item(TableName=self.table(home), Key=item, ConsistentRead=True)
        return str(found["Item"]["Digest"]["S"]) if "Item" in found else None

    def lockfile(self, home: Home, key: str = KEY) -> dict[str, Any] | None:
        body = self.body(home, lockfile_key(key))
        return None if body is None else dict(json.loads(body))

    def policy(self, home: Home) -> str:
        text: str = self.s3(home).get_bucket_policy(Bucket=self.bucket(home))["Policy"]
        return text

    def sids(self, home: Home) -> set[str]:
        return {one["Sid"] for one in json.loads(self.policy(home))["Statement"]}

    def clear(self) -> None:
        """No state, no lock, no record, and the policies as ``pulumi up`` made them."""
        for home in Home:
            s3, bucket = self.s3(home), self.bucket(home)
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
            s3.put_bucket_policy(Bucket=bucket, Policy=self.at_home[home])
            if self.lock.uses_table:
                self._clear_table(home)

    def clear_locks(self, home: Home) -> None:
        """Nobody holds a lock in a region."""
        s3, bucket = self.s3(home), self.bucket(home)
        for found in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            if state_of_lockfile(found["Key"]) is not None:
                s3.delete_object(Bucket=bucket, Key=found["Key"])
        dynamodb, table = self.dynamodb(home), self.table(home)
        for item in dynamodb.scan(TableName=table).get("Items", ()):
            if "Info" in item:
                dynamodb.delete_item(TableName=table, Key={"LockID": item["LockID"]})

    def _clear_table(self, home: Home) -> None:
        dynamodb, table = self.dynamodb(home), self.table(home)
        for item in dynamodb.scan(TableName=table).get("Items", ()):
            dynamodb.delete_item(TableName=table, Key={"LockID": item["LockID"]})

"""A stack with one access entry of each kind, and real Terraform in the hands of each."""

import base64
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.access_policy import ENVIRONMENT_TAG, SERVICE_TAG
from blueprint.hcl import to_hcl
from blueprint.policy_document import policy
from localcloud.backend_files import emulator_arguments
from localcloud.emulator import ROOT_KEY
from localcloud.leash import Finished
from localcloud.terraform import Workdir
from tests.integration.deployment import ANYTHING, Deployment, client, role_credentials, root_credentials

HERE = Path(__file__).parent
ACCOUNTS = {"lockfile": "100000000001", "dynamodb": "100000000002", "both": "100000000003"}
"""The stack's account, by the kind of lock."""
PIPELINES = {
    "writer": "999999999911",
    "reader": "999999999912",
    "neighbour": "999999999913",
    "branches": "999999999914",
    "branch-reader": "999999999915",
}
"""The account that an entry's pipeline runs in."""
ISSUER = "https://ci.example.com"
SUBJECT = "project:acme/api:main"
TOKEN = "aws-token"
"""The file that a pipeline's token is in."""
READY = "ready"
"""Lies in a folder where ``terraform init`` has succeeded."""
TAGGED = "service-runner"
"""A role of the stack's account that may become the role by tag."""
CI = "ci"
"""A role of the stack's account that has an entry's policy itself."""


def config(lock: str) -> dict[str, Any]:
    """What the stack file says."""
    account = ACCOUNTS[lock]

    def pipeline(name: str, states: list[str], mode: str, **more: Any) -> dict[str, Any]:
        who = {"id": PIPELINES[name], "externalId": f"pipeline-of-{name}"}
        return {"name": name, "states": states, "mode": mode, "accounts": [who], **more}

    token = {"url": ISSUER, "audience": "aws", "subject": SUBJECT}
    own = {
        "namePrefix": "acme",
        "accountId": account,
        "lock": lock,
        "accessLogs": False,
        "protect": False,
        "states": {"prod": ["network", "queue", "database", "web/api", "cache"], "dev": ["network"]},
        "administrators": [f"arn:aws:iam::{account}:root"],
        "access": [
            pipeline("writer", ["prod/network", "prod/queue"], "write"),
            pipeline("reader", ["prod/network"], "read"),
            pipeline("neighbour", ["prod/database"], "write", reads=["prod/network"]),
            pipeline("branches", ["dev/*"], "write", workspaces=True),
            pipeline("branch-reader", ["dev/network"], "read", workspaces=True),
            {"name": "token", "states": ["prod/web/api"], "mode": "write", "oidc": [token], "tokenFile": TOKEN},
            {
                "name": "direct",
                "states": ["prod/cache"],
                "mode": "write",
                "principals": [f"arn:aws:iam::{account}:role/{CI}"],
            },
        ],
        "accessByTag": {"principals": [f"arn:aws:iam::{account}:role/{TAGGED}"]},
    }
    named = {f"state-backend:{key}": value for key, value in own.items()}
    return {"aws:region": "eu-central-1", "aws:allowedAccountIds": [account], **named}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack as it is deployed.

    :param lock: the kind of its lock.
    :param outputs: what it promises.
    :param folder: where Terraform's files go.
    """

    lock: str
    deployment: Deployment
    outputs: dict[str, Any]
    folder: Path

    def entry(self, name: str) -> "Somebody":
        """The pipeline of an entry, in the account that it runs in."""
        configs = self.outputs["access"][name]["backend_configs"]
        become = {key: value for key, value in next(iter(configs.values())).items() if "assume_role" in key}
        return Somebody(self, name, root_credentials(PIPELINES[name]), become)

    def with_token(self, *, subject: str = SUBJECT, audience: str = "aws", issuer: str = ISSUER) -> "Somebody":
        """Whoever has no credentials but a token; the emulated AWS does not verify its signature."""
        claims = {"iss": issuer, "aud": audience, "sub": subject}
        parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
        token = ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "unsigned"])
        (configuration,) = self.outputs["access"]["token"]["backend_configs"].values()
        become = {"assume_role_with_web_identity": configuration["assume_role_with_web_identity"]}
        return Somebody(self, "token", {}, become, token)

    def direct(self) -> "Somebody":
        """A role that has an entry's policy itself and becomes nobody."""
        account = self.deployment.plan.settings.account_id
        credentials = role_credentials(self.deployment.emulator, account, CI, None)
        return Somebody(self, "direct", credentials, {})

    def tagged(self, tags: tuple[str, str], *, asks: tuple[str, str] | None = None) -> "Somebody":
        """A role with these two tags becomes the role by tag; with other session tags where it asks for them."""
        emulator, account = self.deployment.emulator, self.deployment.plan.settings.account_id
        names = (ENVIRONMENT_TAG, SERVICE_TAG)
        credentials = role_credentials(emulator, account, TAGGED, policy(ANYTHING))
        client(emulator, "iam", "us-east-1", root_credentials(account)).tag_role(
            RoleName=TAGGED, Tags=[{"Key": key, "Value": value} for key, value in zip(names, tags, strict=True)]
        )
        become = {
            "role_arn": self.outputs["access"]["ByTag"]["role_arn"],
            "session_name": TAGGED,
            "tags": dict(zip(names, asks if asks is not None else tags, strict=True)),
        }
        return Somebody(self, f"tagged-{'-'.join(asks or tags)}", credentials, {"assume_role": become})


@dataclass(frozen=True)
class Somebody:
    """Who runs Terraform.

    :param name: part of the names of the folders.
    :param credentials: what Terraform starts with, as variables of its environment.
    :param become: whom it is told to become, as an argument of its backend.
    :param token: the token that a pipeline has lying beside its configuration.
    """

    stack: Stack
    name: str
    credentials: Mapping[str, str]
    become: Mapping[str, Any]
    token: str = ""

    def arguments(self, state: str) -> dict[str, Any]:
        """The backend's arguments for a state, of whomever it is."""
        extra = emulator_arguments(self.stack.deployment.emulator)
        return {**self.stack.outputs["backend_configs"][state], **self.become, **extra}

    def try_init(self, state: str) -> tuple[Workdir, Finished]:
        """``terraform init`` on a state; it reads the state, where there is one."""
        here = self._workdir(_folder(state), "configuration.tf")
        (here.configuration / READY).unlink(missing_ok=True)
        (here.configuration / "backend.hcl").write_text(to_hcl(self.arguments(state)))
        return here, here.run(["init", "-no-color", "-reconfigure", "-backend-config=backend.hcl"])

    def on(self, state: str) -> Workdir:
        """Terraform on a state that it may read, initialised once."""
        here = self._workdir(_folder(state), "configuration.tf")
        if (here.configuration / READY).exists():
            return here
        here, finished = self.try_init(state)
        assert finished.exit_code == 0, finished.stderr
        (here.configuration / READY).touch()
        return here

    def read_remotely(self, state: str, **arguments: Any) -> Finished:
        """A plan of a configuration that reads a state by ``terraform_remote_state``."""
        here = self._workdir(f"reads-{_folder(state)}", "remote_state.tf")
        given = {"config": {**self.arguments(state), **arguments}}
        (here.configuration / "terraform.tfvars.json").write_text(json.dumps(given))
        return here.run(["plan", "-no-color"])

    def _workdir(self, name: str, configuration: str) -> Workdir:
        folder = self.stack.folder / self.name / name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / configuration, folder / "main.tf")
        (folder / TOKEN).write_text(self.token)
        environment = self.stack.deployment.emulator.environment(ROOT_KEY)
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del environment[key]
        return Workdir(folder, folder / "data", {**environment, **self.credentials})


def _folder(state: str) -> str:
    return state.replace("/", "-")


def apply(content: str, *more: str) -> list[str]:
    """The arguments of ``terraform apply`` that puts this content into a state."""
    return ["apply", "-no-color", f"-var=content={content}", *more]


def denied(finished: Finished) -> bool:
    """Whether Terraform failed because AWS said 403."""
    return finished.exit_code != 0 and "StatusCode: 403" in " ".join(finished.stderr.split())

"""One stack of this project, brought up by the real engine on the emulated AWS, in a copy of its own."""

import contextlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from blueprint.backend import Backend, backend
from blueprint.policy_document import PolicyDocument, Statement, policy, to_json
from localcloud.emulator import Emulator, isolated_session
from localcloud.engine import Engine
from localcloud.leash import Finished
from localcloud.plugin.cloud import CALL_LOG
from settings.arns import account_in
from settings.model import Settings
from settings.stack_file import load_stack_file
from tests.unit.program import ROOT

PROGRAM = ("settings", "blueprint", "components", "__main__.py", "Pulumi.yaml")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A stack and where it lives.

    :param stack: its name, one of the stack files'.
    :param folder: the copy of the program, whose stack file may be changed.
    :param plan: what the stack promises.
    :param credentials: whose credentials ``pulumi`` runs with.
    """

    stack: str
    folder: Path
    engine: Engine
    emulator: Emulator
    plan: Backend
    credentials: dict[str, str]

    @classmethod
    def prepare(
        cls,
        stack: str,
        folder: Path,
        engine: Engine,
        emulator: Emulator,
        *,
        config: Mapping[str, Any] | None = None,
    ) -> "Deployment":
        """Copy the program and create the stack, with its state in a file.

        :param config: what the stack file says, where the stack is none of the project's.
        """
        program = folder / "program"
        program.mkdir()
        for name in PROGRAM:
            (program / name).symlink_to(ROOT / name)
        stack_file = program / f"Pulumi.{stack}.yaml"
        if config is None:
            shutil.copy(ROOT / stack_file.name, stack_file)
        else:
            stack_file.write_text(yaml.safe_dump({"config": dict(config)}))
        plan = backend(load_stack_file(stack_file))
        for name in named_roles(plan.settings):
            make_role(emulator, plan.settings.account_id, name, None)
        made = cls(
            stack=stack,
            folder=program,
            engine=engine,
            emulator=emulator,
            plan=plan,
            credentials=administrator(emulator, plan.settings),
        )
        made.pulumi("stack", "init", stack)
        return made

    @property
    def call_log(self) -> Path:
        """Every AWS call that the engine made for this stack, one JSON object a line."""
        return self.folder.parent / "calls.jsonl"

    def run(self, *arguments: str) -> Finished:
        """Run ``pulumi`` as one of the stack's administrators, or as root where it names none."""
        env = {
            **self.engine.environment(self.folder.parent / "state"),
            **self.emulator.environment(),
            CALL_LOG: str(self.call_log),
            **self.credentials,
        }
        return self.engine.run(arguments, cwd=self.folder, env=env)

    def pulumi(self, *arguments: str) -> str:
        """Run ``pulumi``; what it prints, or an assertion with it where it fails."""
        finished = self.run(*arguments)
        assert finished.exit_code == 0, f"pulumi {' '.join(arguments)}\n{finished.stdout}\n{finished.stderr}"
        return finished.stdout

    def up(self, *arguments: str) -> str:
        return self.pulumi("up", "--stack", self.stack, "--yes", "--skip-preview", *arguments)

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--stack", self.stack, "--json"))
        return outputs

    def planned_steps(self) -> dict[str, str]:
        """What an ``up`` would do now: operation by resource name, without what stays the same."""
        preview = json.loads(self.pulumi("preview", "--stack", self.stack, "--json"))
        return {
            step["urn"].split("::")[-1]: step["op"]
            for step in preview["steps"]
            if step["op"] not in ("same", "read")
        }

    def client(self, service: str, region: str) -> Any:
        """A boto3 client of the root of the stack's account."""
        return client(self.emulator, service, region, root_credentials(self.plan.settings.account_id))

    def client_of_role(self, service: str, region: str, name: str, document: PolicyDocument) -> Any:
        """A boto3 client of a role that is made with this policy; policies do not bind the emulator's root."""
        credentials = role_credentials(self.emulator, self.plan.settings.account_id, name, document)
        return client(self.emulator, service, region, credentials)


ANYTHING: Statement = {"Sid": "Anything", "Effect": "Allow", "Action": "*", "Resource": "*"}


def root_credentials(account_id: str) -> dict[str, str]:
    """The emulator takes an account's number as the key id of its root."""
    return {"AWS_ACCESS_KEY_ID": account_id, "AWS_SECRET_ACCESS_KEY": "test"}


def administrator(emulator: Emulator, settings: Settings) -> dict[str, str]:
    """Credentials of the stack's first administrator, a role that is made where it is missing."""
    named = settings.administrators[0] if settings.administrators else ":root"
    if named.endswith(":root"):
        return root_credentials(settings.account_id)
    return role_credentials(emulator, settings.account_id, named.rsplit("/", 1)[1], policy(ANYTHING))


def named_roles(settings: Settings) -> list[str]:
    """The roles of the account that the stack's access and operators name and expects to be there."""
    by_tag = settings.access_by_tag.principals if settings.access_by_tag else ()
    operators = (*settings.operators.readers, *settings.operators.writers) if settings.operators else ()
    arns = [*(arn for entry in settings.access for arn in entry.principals), *by_tag, *operators]
    own = [arn for arn in arns if account_in(arn) == settings.account_id]
    return sorted({arn.rsplit("/", 1)[1] for arn in own if ":role/" in arn})


def make_role(emulator: Emulator, account_id: str, name: str, document: PolicyDocument | None) -> str:
    """A role that the account's root may become, with this policy of its own; its ARN."""
    iam = client(emulator, "iam", "us-east-1", root_credentials(account_id))
    trust: Statement = {
        "Sid": "TrustTheAccount",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=to_json(policy(trust)))
    if document is not None:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=to_json(document))
    return f"arn:aws:iam::{account_id}:role/{name}"


def role_credentials(
    emulator: Emulator, account_id: str, name: str, document: PolicyDocument | None
) -> dict[str, str]:
    """Credentials of a session of a role, which is made with this policy where it is missing."""
    role_arn = make_role(emulator, account_id, name, document)
    sts = client(emulator, "sts", "us-east-1", root_credentials(account_id))
    session = sts.assume_role(RoleArn=role_arn, RoleSessionName="tests")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


def client(emulator: Emulator, service: str, region: str, credentials: dict[str, str]) -> Any:
    """A boto3 client with these credentials."""
    session = isolated_session(
        credentials["AWS_ACCESS_KEY_ID"],
        credentials["AWS_SECRET_ACCESS_KEY"],
        credentials.get("AWS_SESSION_TOKEN"),
        region=region,
    )
    return emulator.client(service, region, session=session)

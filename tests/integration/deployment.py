"""One stack of this project, brought up by the real engine on the emulated AWS, in a copy of its own."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.backend import Backend, backend
from blueprint.policy_document import Statement, policy, to_json
from localcloud.emulator import CLIENT_CONFIG, Emulator, isolated_session, keep_host
from localcloud.engine import Engine
from localcloud.leash import Finished
from localcloud.plugin.cloud import CALL_LOG
from settings.stack_file import load_stack_file
from tests.unit.program import ROOT

PROGRAM = ("settings", "blueprint", "components", "__main__.py", "Pulumi.yaml")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A stack and where it lives.

    :param stack: its name, one of the stack files'.
    :param folder: the copy of the program, whose stack file may be changed.
    :param plan: what the stack promises.
    """

    stack: str
    folder: Path
    engine: Engine
    emulator: Emulator
    plan: Backend

    @classmethod
    def prepare(cls, stack: str, folder: Path, engine: Engine, emulator: Emulator) -> "Deployment":
        """Copy the program and create the stack, with its state in a file."""
        program = folder / "program"
        program.mkdir()
        for name in PROGRAM:
            (program / name).symlink_to(ROOT / name)
        stack_file = shutil.copy(ROOT / f"Pulumi.{stack}.yaml", program)
        made = cls(
            stack=stack,
            folder=program,
            engine=engine,
            emulator=emulator,
            plan=backend(load_stack_file(Path(stack_file))),
        )
        made.pulumi("stack", "init", stack)
        return made

    @property
    def call_log(self) -> Path:
        """Every AWS call that the engine made for this stack, one JSON object a line."""
        return self.folder.parent / "calls.jsonl"

    def run(self, *arguments: str) -> Finished:
        """Run ``pulumi`` as the root of the stack's own account."""
        # The emulator takes an account's number as the key id of its root.
        account = {"AWS_ACCESS_KEY_ID": self.plan.settings.account_id}
        env = {
            **self.engine.environment(self.folder.parent / "state"),
            **self.emulator.environment(),
            CALL_LOG: str(self.call_log),
            **account,
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
        return self._client(service, region, self.plan.settings.account_id, "test")

    def client_of_writer(self, service: str, region: str) -> Any:
        """A boto3 client of a user whom IAM lets do anything with S3; policies do not bind the emulator's root."""
        iam = self.client("iam", region)
        name = "writer"
        allow: Statement = {"Sid": "AllOfS3", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="s3", PolicyDocument=to_json(policy(allow)))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self._client(service, region, key["AccessKeyId"], key["SecretAccessKey"])

    def _client(self, service: str, region: str, key_id: str, secret: str) -> Any:
        client = isolated_session(key_id, secret, region=region).client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.emulator.endpoint,
            verify=str(self.emulator.ca_bundle),
            config=CLIENT_CONFIG,
        )
        keep_host(client)
        return client

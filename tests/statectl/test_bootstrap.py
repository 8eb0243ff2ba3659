"""A stack that keeps Pulumi's own state in the bucket that it makes: in, out, and killed on the way."""

import json
import shlex
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from botocore.exceptions import ClientError

from blueprint.backend import backend
from blueprint.own_state import own_state_key, own_state_policy
from blueprint.policy_document import to_json
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.stack_file import load_stack_file
from statectl.bootstrap.deployment import Deployment
from statectl.bootstrap.stack_file import StackFile
from statectl.bootstrap.transfer import Transfer
from statectl.exit_code import ExitCode
from tests.integration.deployment import (
    PROGRAM,
    administrator,
    client,
    make_role,
    role_credentials,
    root_credentials,
)
from tests.statectl.operator import Operator, Outcome
from tests.unit.program import ROOT

ACCOUNT = "100000000077"
BUCKET, REPLICA = f"acme-tfstate-{ACCOUNT}-eu-central-1", f"acme-tfstate-{ACCOUNT}-eu-west-1"
KEY = own_state_key("state-backend", "prod")
CONFIG = {
    "aws:region": "eu-central-1",
    "aws:allowedAccountIds": [ACCOUNT],
    "state-backend:namePrefix": "acme",
    "state-backend:accountId": ACCOUNT,
    "state-backend:replicaRegion": "eu-west-1",
    "state-backend:lock": "lockfile",
    "state-backend:accessLogs": False,
    "state-backend:protect": False,
    "state-backend:states": {"prod": ["network"]},
    "state-backend:administrators": [f"arn:aws:iam::{ACCOUNT}:role/platform-admin"],
    "state-backend:operators": {"readers": [f"arn:aws:iam::{ACCOUNT}:role/on-call"]},
    "state-backend:pulumiState": True,
}


@dataclass(frozen=True)
class Project:
    """A copy of the program with stack ``prod``, whose administrator sits in front of it."""

    folder: Path
    engine: Engine
    emulator: Emulator
    credentials: Mapping[str, str]

    @property
    def stack_file(self) -> Path:
        return self.folder / "Pulumi.prod.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """All but where Pulumi's state is, and the passphrase."""
        whole = {**self.engine.environment(self.folder / "nowhere"), **self.emulator.environment()}
        own = {name: value for name, value in whole.items() if "PASSPHRASE" not in name and "BACKEND" not in name}
        return {**own, **self.credentials}

    def statectl(self, *arguments: str) -> Outcome:
        whose = {**self.environment, "STATECTL_PROJECT": str(self.folder), "STATECTL_STACK": "prod"}
        return Operator(environment=whose).run("bootstrap", *arguments)

    def do(self, *arguments: str) -> dict[str, str]:
        """A command that ends well: the variables that it prints."""
        outcome = self.statectl(*arguments, "--yes")
        assert outcome.code == ExitCode.FINE, outcome.err
        lines = [shlex.split(line) for line in outcome.out.splitlines()]
        assert all(line[0] == "export" for line in lines)
        return dict(line[1].split("=", 1) for line in lines)

    def pulumi(self, variables: Mapping[str, str], *arguments: str) -> str:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def changes(self, variables: Mapping[str, str]) -> list[str]:
        """What an ``up`` would do now."""
        told = json.loads(self.pulumi(variables, "preview", "--stack", "prod", "--json"))
        return [f"{one['op']} {one['urn']}" for one in told["steps"] if one["op"] not in {"same", "read"}]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Project:
    folder = tmp_path_factory.mktemp("bootstrap")
    for name in PROGRAM:
        (folder / name).symlink_to(ROOT / name)
    file = folder / "Pulumi.prod.yaml"
    file.write_text("# Ours.\n" + yaml.safe_dump({"config": CONFIG}))
    make_role(emulator, ACCOUNT, "on-call", None)
    return Project(folder, engine, emulator, administrator(emulator, load_stack_file(file)))


@dataclass(frozen=True)
class Moved:
    """The same project once its state is in the bucket.

    :param variables: by which Pulumi finds it.
    """

    project: Project
    variables: dict[str, str]
    outcomes: list[Outcome]


@pytest.fixture(scope="module")
def moved(project: Project) -> Moved:
    """Brought up and moved in by three runs, of which two were killed on the way."""
    outcomes = []
    with patch.object(Transfer, "carry", side_effect=KeyboardInterrupt):
        outcomes.append(project.statectl("--yes"))
    local = {
        "PULUMI_BACKEND_URL": (project.folder / ".bootstrap/prod/state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(project.folder / ".bootstrap/prod/passphrase"),
    }
    project.pulumi(local, "config", "set", "--secret", "other:password", "hunter2", "--stack", "prod")
    with patch.object(StackFile, "replace", side_effect=KeyboardInterrupt):
        outcomes.append(project.statectl("--yes"))
    return Moved(project, project.do(), outcomes)


def test_pulumi_finds_nothing_to_change_with_its_state_in_the_bucket(moved: Moved) -> None:
    assert moved.variables == {
        "PULUMI_BACKEND_URL": f"s3://{BUCKET}/.pulumi-state?region=eu-central-1&awssdk=v2&use_path_style=true"
    }
    assert moved.project.changes(moved.variables) == []


def test_a_run_that_was_killed_says_how_to_go_on_and_leaves_the_local_state_as_the_one_that_counts(
    moved: Moved,
) -> None:
    for outcome in moved.outcomes:
        assert outcome.code == ExitCode.FAILED
        assert "run the same command again, which goes on" in outcome.err
    assert "put Pulumi's state into" in moved.outcomes[0].err
    assert "say so in Pulumi.prod.yaml" in moved.outcomes[1].err


def test_a_secret_setting_is_read_without_the_passphrase_and_the_file_keeps_its_comments(moved: Moved) -> None:
    secret = moved.project.pulumi(moved.variables, "config", "get", "other:password", "--stack", "prod")
    assert secret.strip() == "hunter2"
    text = moved.project.stack_file.read_text()
    assert text.startswith("# Ours.\n")
    assert "hunter2" not in text
    assert "encryptionsalt" not in text
    (before,) = moved.project.folder.glob("Pulumi.prod.yaml.2*")
    assert "encryptionsalt" in before.read_text()
    assert stat.S_IMODE(before.stat().st_mode) == 0o600


def test_the_local_copy_is_put_away_where_pulumi_does_not_find_it(moved: Moved) -> None:
    kept = moved.project.folder / ".bootstrap/prod"
    (export,) = kept.glob("prod-*.json")
    (aside,) = kept.glob("state/.pulumi/stacks/state-backend/prod.json.put-away-*")
    for file in (export, aside):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(export.read_text())["deployment"]["resources"]
    assert not (kept / "transfer").exists()
    local = {"PULUMI_BACKEND_URL": (kept / "state").as_uri()}
    assert json.loads(moved.project.pulumi(local, "stack", "ls", "--json")) == []


def test_an_operator_reads_states_and_not_what_pulumi_keeps(moved: Moved) -> None:
    project = moved.project
    on_call = role_credentials(project.emulator, ACCOUNT, "on-call", None)
    s3 = client(project.emulator, "s3", "eu-central-1", on_call)
    root = client(project.emulator, "s3", "eu-central-1", root_credentials(ACCOUNT))
    root.put_object(Bucket=BUCKET, Key="prod/network/terraform.tfstate", Body=b"{}")
    assert s3.get_object(Bucket=BUCKET, Key="prod/network/terraform.tfstate")["Body"].read() == b"{}"
    for ask, more in ((s3.get_object, {}), (s3.put_object, {"Body": b"{}"}), (s3.delete_object, {})):
        with pytest.raises(ClientError, match="AccessDenied"):
            ask(Bucket=BUCKET, Key=KEY, **more)


def test_the_policy_of_administrators_is_enough_for_pulumi(moved: Moved) -> None:
    project = moved.project
    root = root_credentials(ACCOUNT)
    sts = client(project.emulator, "sts", "eu-central-1", root)
    stored = client(project.emulator, "s3", "eu-central-1", root).get_object(Bucket=BUCKET, Key=KEY)
    told = Deployment.parse(stored["Body"].read()).outputs
    plan = backend(load_stack_file(project.stack_file))
    document = own_state_policy(plan, state_keys=[told["kms_key_arn"], told["replica_kms_key_arn"]])
    session = sts.assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/platform-admin", RoleSessionName="least", Policy=to_json(document)
    )["Credentials"]
    least = {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    s3 = client(project.emulator, "s3", "eu-central-1", least)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=BUCKET, Key="prod/network/terraform.tfstate")
    file = project.folder / "taken.json"
    project.pulumi({**moved.variables, **least}, "stack", "export", "--stack", "prod", "--file", str(file))
    project.pulumi({**moved.variables, **least}, "stack", "import", "--stack", "prod", "--file", str(file))


def test_doctor_finds_nothing_that_does_not_belong(moved: Moved) -> None:
    whose = {**moved.project.environment, "PATH": "", "STATECTL_PROJECT": str(moved.project.folder)}
    Operator(environment=whose).do("doctor", "--stack", "prod", "--only", "object")


def test_done_once_it_only_says_where_pulumis_state_is(moved: Moved) -> None:
    whose = {**moved.project.environment, "PATH": "", "STATECTL_PROJECT": str(moved.project.folder)}
    told = Operator(environment=whose).do("bootstrap", "--stack", "prod", "--json").json()
    assert told["environment"] == moved.variables
    assert (told["bucket"], told["put_away"]) == (BUCKET, None)
    assert told["secrets_provider"].startswith("awskms:///arn:aws:kms:eu-central-1:")


def test_out_again_pulumi_finds_nothing_to_change_and_nothing_is_left_in_the_bucket(moved: Moved) -> None:
    project = moved.project
    variables = project.do("eject")
    assert variables["PULUMI_BACKEND_URL"] == (project.folder / ".bootstrap/prod/state").as_uri()
    assert project.changes(variables) == []
    secret = project.pulumi(variables, "config", "get", "other:password", "--stack", "prod")
    assert secret.strip() == "hunter2"
    s3 = client(project.emulator, "s3", "eu-central-1", root_credentials(ACCOUNT))
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=BUCKET, Key=KEY)
    newest = s3.list_object_versions(Bucket=BUCKET, Prefix=KEY)["Versions"][0]
    assert b"resources" in s3.get_object(Bucket=BUCKET, Key=KEY, VersionId=newest["VersionId"])["Body"].read()

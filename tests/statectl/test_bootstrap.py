"""A stack that keeps Pulumi's own state in the bucket that it makes: in, out, and killed on the way."""

import json
import shlex
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from botocore.exceptions import ClientError

from blueprint.own_state import own_state_key
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.stack_file import load_stack_file
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

"""Backends as others make them: each is found and named, planned, and adopted by a real ``pulumi up``.

``make test`` adopts one of the five, beside what ``test_up`` made by hand, ``--soak`` all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.parse import parse
from statectl.adopt.origin import Maker
from statectl.exit_code import ExitCode
from tests.adopt.origins import ACCOUNT, ORIGINS, REGION, STATES, Backend, Making, cloudposse
from tests.integration.deployment import Deployment, root_credentials
from tests.statectl.operator import Operator
from tests.unit.program import ROOT

STACK = "adopting"
ALWAYS = Maker.TERRAGRUNT
"""Adopted in every run."""
BackendOf = Callable[[Maker], Backend]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with the project's file, in which somebody plans."""

    backend: Backend
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / f"Pulumi.{STACK}.yaml"

    @property
    def operator(self) -> Operator:
        credentials = root_credentials(ACCOUNT)
        return Operator(environment={**self.backend.emulator.environment(), **credentials})

    def plan(self, *more: str) -> list[str]:
        return ["adopt", "plan", self.backend.bucket, "--stack", STACK, "--project", str(self.folder), *more]


@pytest.fixture(scope="module")
def backend_of(emulator: Emulator) -> BackendOf:
    """The backend by its maker, made once: adopting it comes last."""
    return cache(lambda maker: ORIGINS[maker](emulator))


@pytest.fixture
def project_of(backend_of: BackendOf, tmp_path: Path) -> Callable[[Maker], Project]:
    def project_of(maker: Maker) -> Project:
        (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
        return Project(backend=backend_of(maker), folder=tmp_path)

    return project_of


@pytest.fixture(scope="module")
def scanned(emulator: Emulator, backend_of: BackendOf) -> dict[str, Any]:
    """What a scan says of an account that has all five, by name."""
    for maker in ORIGINS:
        backend_of(maker)
    Making(emulator, Maker.UNKNOWN).table("locks-of-nobody")
    operator = Operator(environment={**emulator.environment(), **root_credentials(ACCOUNT)})
    return {one["name"]: one for one in operator.json("adopt", "scan")}


by_maker = pytest.mark.parametrize("maker", ORIGINS, ids=lambda maker: maker.name.lower())


@by_maker
def test_a_scan_finds_it_and_says_who_made_it_and_a_plan_makes_a_configuration(
    scanned: dict[str, Any], project_of: Callable[[Maker], Project], maker: Maker
) -> None:
    project = project_of(maker)
    backend = project.backend
    one = scanned[backend.bucket]
    assert (one["maker"], one["region"], one["table"]) == (maker, REGION, backend.table)
    assert one["states"] >= len(STATES)
    assert one["key"] == backend.key_arn
    assert one["changes"]
    assert one["unread"] == []

    planned = project.operator.json(*project.plan())
    assert not project.file.exists()
    values = {
        name.partition(":")[2]: value
        for name, value in yaml.safe_load(planned["file"])["config"].items()
        if name.startswith("state-backend:")
    }
    settings = parse(values, region=REGION, stack=STACK)
    assert settings.adopt is not None
    assert (settings.adopt.bucket, settings.adopt.table) == (backend.bucket, backend.table)
    assert settings.adopt.key_arn == backend.key_arn
    assert [kept.value for kept in settings.adopt.keep] == planned["keep"]
    assert settings.lock.uses_table == (backend.table is not None)


def test_a_scan_tells_a_replica_from_its_source_and_a_table_without_a_bucket(scanned: dict[str, Any]) -> None:
    sources = {one["name"]: one["replicates_to"] for one in scanned.values() if one["replicates_to"]}
    ((source, (replica,)),) = sources.items()
    assert scanned[replica]["replica_of"] == source
    assert scanned[replica]["region"] == "eu-west-1"
    (lone,) = [one for one in scanned.values() if one["kind"] == "table"]
    assert (lone["name"], lone["region"], lone["evidence"]) == ("locks-of-nobody", REGION, "it is empty")


def test_a_tutorials_own_state_says_what_to_take_out_of_it(project_of: Callable[[Maker], Project]) -> None:
    project = project_of(Maker.TERRAFORM_TUTORIAL)
    told = project.operator.do(*project.plan()).out
    assert "in the state global/s3/terraform.tfstate: terraform state rm aws_s3_bucket.terraform_state" in told


def test_object_locks_retention_is_told_and_replication_of_it_refused(emulator: Emulator, tmp_path: Path) -> None:
    project = Project(backend=cloudposse(emulator, object_lock=True), folder=tmp_path)
    told = project.operator.do(*project.plan()).out
    assert "its Object Lock holds every version for 7 days (governance)" in told
    project.operator.do(*project.plan("--write"))
    text = project.file.read_text().replace("\n  state-backend:adopt:", "\n  state-backend:ignored:")
    before = text[: text.index("  # What was here before")] + "  state-backend:replicaRegion: eu-west-1\n"
    project.file.write_text(before)
    refused = project.operator.run(*project.plan("--write"))
    assert refused.code == ExitCode.FOUND
    assert "one with Object Lock only" in refused.out
    assert project.file.read_text() == before


def test_a_bucket_that_is_not_there_or_has_no_stack_ends_with_the_next_step(
    project_of: Callable[[Maker], Project],
) -> None:
    project = project_of(Maker.BY_HAND)
    gone = project.operator.run("adopt", "plan", "never-made-by-anyone")
    assert (gone.code, gone.out) == (ExitCode.FAILED, "")
    nowhere = project.operator.run("adopt", "plan", project.backend.bucket, "--write")
    assert nowhere.code == ExitCode.USAGE
    assert "name it with --stack" in nowhere.err


def test_another_region_and_a_table_that_is_not_there_are_in_the_way(
    project_of: Callable[[Maker], Project],
) -> None:
    project = project_of(Maker.BY_HAND)
    elsewhere = project.operator.run(*project.plan("--write", "--region", "eu-west-1", "--table", "nowhere"))
    assert elsewhere.code == ExitCode.FOUND
    assert "aws:region is eu-west-1" in elsewhere.out
    assert "table nowhere" in elsewhere.out
    assert not project.file.exists()


@by_maker
def test_pulumi_up_adopts_it_and_touches_no_version(
    project_of: Callable[[Maker], Project],
    maker: Maker,
    engine: Engine,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    if maker is not ALWAYS and not request.config.getoption("--soak"):
        pytest.skip("adopted with --soak")
    project = project_of(maker)
    operator, emulator = project.operator, project.backend.emulator
    before = project.backend.versions()
    assert len(before) >= 2 * len(STATES)
    operator.do(*project.plan("--write"))
    config = yaml.safe_load(project.file.read_text())["config"]
    deployment = Deployment.prepare(STACK, _folder(tmp_path), engine, emulator, config=config)
    stack_file = deployment.folder / project.file.name
    stack_file.write_text(project.file.read_text())

    deployment.up()
    assert project.backend.versions() == before
    done = _changes_of(deployment)
    assert done["import"] == 1 + bool(project.backend.table) + bool(project.backend.key_arn)
    assert set(done) <= {"import", "create", "update", "same"}
    left = operator.json("adopt", "plan", project.backend.bucket, *_in(deployment))
    assert left["adopting"]
    assert [change for change in left["changes"] if not change["kept"]] == []
    assert deployment.planned_steps() == {}

    # One of what was kept is switched on, and no second one before `pulumi up` had the first.
    operator.do("adopt", "plan", project.backend.bucket, "--next", *_in(deployment))
    early = operator.run("adopt", "plan", project.backend.bucket, "--next", *_in(deployment))
    assert early.code == ExitCode.FAILED
    assert "is out of adopt.keep and not switched on yet" in early.err
    deployment.up()
    assert project.backend.versions() == before
    after = operator.json("adopt", "plan", project.backend.bucket, *_in(deployment))
    assert after["keep"] == left["keep"][1:]
    assert [change for change in after["changes"] if not change["kept"]] == []
    assert stack_file.read_text().count("# What was here before") == 1


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "deployed"
    folder.mkdir()
    return folder


def _in(deployment: Deployment) -> list[str]:
    return ["--stack", STACK, "--project", str(deployment.folder)]


def _changes_of(deployment: Deployment) -> dict[str, Any]:
    """What the last ``up`` did, by operation."""
    history = json.loads(deployment.pulumi("stack", "history", "--stack", STACK, "--json"))
    changes: dict[str, Any] = history[0]["resourceChanges"]
    return changes

"""Checkov, which reviewers run on code, on what stack prod registers."""

import dataclasses

import pytest

from tests.scanners import checkov
from tests.scanners.conftest import Obtain
from tests.scanners.findings import Finding, Report, accepted, difference
from tests.scanners.terraform_plan import TYPES, terraform_plan
from tests.unit.program import Registration, run_program, stack_config

JUDGED = (
    "aws:cloudtrail/trail:Trail",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:dynamodb/table:Table",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
)
"""Types of which Checkov must judge every one."""

CONTROLS = {
    *("CKV_AWS_7", "CKV_AWS_18", "CKV_AWS_19", "CKV_AWS_20", "CKV_AWS_21", "CKV_AWS_28", "CKV_AWS_33"),
    *("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV_AWS_57", "CKV_AWS_60", "CKV_AWS_61"),
    *("CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_70", "CKV_AWS_93", "CKV_AWS_119", "CKV_AWS_144", "CKV_AWS_145"),
    *("CKV_AWS_227", "CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_288", "CKV_AWS_289", "CKV_AWS_290"),
    *("CKV_AWS_300", "CKV_AWS_355", "CKV_AWS_393"),
    *("CKV_AWS_35", "CKV_AWS_36", "CKV_AWS_67", "CKV_AWS_158", "CKV_AWS_338"),
    *("CKV2_AWS_6", "CKV2_AWS_10", "CKV2_AWS_16", "CKV2_AWS_61", "CKV2_AWS_64", "CKV2_AWS_65"),
}
"""The checks that a reader of the report will look for first."""


@pytest.fixture(scope="module")
def registrations() -> list[Registration]:
    recording = run_program(stack_config("prod"), stack="prod")
    assert recording.error is None
    return recording.resources


@pytest.fixture(scope="module")
def report(obtain: Obtain, registrations: list[Registration], tmp_path_factory: pytest.TempPathFactory) -> Report:
    return checkov.scan(obtain("checkov"), registrations, tmp_path_factory.mktemp("checkov"))


def test_checkov_finds_exactly_what_is_accepted(report: Report) -> None:
    assert report.unanswered == set()
    assert difference(report.findings, accepted("checkov")) == []


def test_checkov_judges_all_that_the_stack_made(report: Report, registrations: list[Registration]) -> None:
    made = {at.name for at in registrations if at.type in JUDGED}
    assert made
    assert made - report.resources == set()


def test_the_controls_that_reviewers_ask_for_were_run(report: Report) -> None:
    assert CONTROLS - report.looked_at.keys() == set()


def test_a_weaker_stack_is_told_of_by_checkov(
    obtain: Obtain, registrations: list[Registration], tmp_path_factory: pytest.TempPathFactory
) -> None:
    gone = ("terraform-state-primary-bucket-public-access", "terraform-state-replica-bucket-versioning")
    weaker = [_widened(at) for at in registrations if at.name not in gone]
    said = checkov.scan(obtain("checkov"), weaker, tmp_path_factory.mktemp("weaker"))
    assert {at for at in said.findings if at not in accepted("checkov")} >= {
        Finding(check="CKV2_AWS_6", resource="terraform-state-primary-bucket"),
        Finding(check="CKV_AWS_21", resource="terraform-state-replica-bucket"),
        Finding(check="CKV_AWS_63", resource="terraform-state-access-deploy-policy"),
    }


def test_a_resource_of_a_type_that_nobody_rendered_is_refused(registrations: list[Registration]) -> None:
    unknown = dataclasses.replace(registrations[0], type="aws:sqs/queue:Queue", name="queue")
    with pytest.raises(KeyError, match="aws:sqs/queue:Queue"):
        terraform_plan([*registrations, unknown])
    assert "aws:sqs/queue:Queue" not in TYPES


def _widened(at: Registration) -> Registration:
    if at.name != "terraform-state-access-deploy-policy":
        return at
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    return dataclasses.replace(at, inputs={**at.inputs, "policy": policy})

"""Prowler, which auditors run on a live account, on stack prod."""

import json
from collections.abc import Iterator

import pytest

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from tests.integration.deployment import Deployment
from tests.scanners import prowler
from tests.scanners.conftest import Obtain
from tests.scanners.findings import Report, accepted, difference, unanswered

JUDGED = (
    "aws:cloudtrail/trail:Trail",
    "aws:dynamodb/table:Table",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
    "aws:s3/bucket:Bucket",
)
"""Types of which Prowler must judge every one; the rest it sees as settings of these, or not at all."""

CONTROLS = {
    "cloudtrail_kms_encryption_enabled",
    "cloudtrail_log_file_validation_enabled",
    "cloudtrail_logs_s3_bucket_access_logging_enabled",
    "cloudtrail_logs_s3_bucket_is_not_publicly_accessible",
    "cloudtrail_multi_region_enabled",
    "dynamodb_table_deletion_protection_enabled",
    "dynamodb_tables_kms_cmk_encryption_enabled",
    "dynamodb_tables_pitr_enabled",
    "iam_customer_attached_policy_no_administrative_privileges",
    "iam_policy_allows_privilege_escalation",
    "iam_role_cross_service_confused_deputy_prevention",
    "kms_cmk_rotation_enabled",
    "kms_key_not_publicly_accessible",
    "s3_account_level_public_access_blocks",
    "s3_bucket_acl_prohibited",
    "s3_bucket_cross_account_access",
    "s3_bucket_level_public_access_block",
    "s3_bucket_lifecycle_enabled",
    "s3_bucket_object_versioning",
    "s3_bucket_policy_public_write_access",
    "s3_bucket_secure_transport_policy",
}
"""The checks that a reader of the report will look for first."""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Deployment]:
    """Stack prod as the real engine brings it up, in an emulated AWS that holds nothing else."""
    folder = tmp_path_factory.mktemp("scanned")
    with Emulator.start(folder / "emulator") as emulator:
        made = Deployment.prepare("prod", folder, engine, emulator)
        made.up()
        yield made


@pytest.fixture(scope="module")
def report(obtain: Obtain, deployed: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return prowler.scan(obtain("prowler"), deployed, tmp_path_factory.mktemp("prowler"))


def test_prowler_finds_exactly_what_is_accepted(report: Report) -> None:
    assert difference(report.findings, accepted("prowler")) == []


def test_prowler_judges_all_that_the_stack_made(report: Report, deployed: Deployment) -> None:
    state = json.loads(deployed.pulumi("stack", "export", "--stack", deployed.stack))
    made = {at["urn"].split("::")[-1] for at in state["deployment"]["resources"] if at["type"] in JUDGED}
    assert made
    assert made - report.resources == set()


def test_the_controls_that_auditors_ask_for_were_run(report: Report) -> None:
    assert CONTROLS - report.looked_at.keys() == set()


def test_prowler_lacks_only_answers_that_are_none_of_the_stacks_business(report: Report) -> None:
    assert report.unanswered == unanswered("prowler")

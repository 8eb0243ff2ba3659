"""What the audit trail records, who may touch it, and what raises an alarm."""

from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

from blueprint.audit_trail import audit_trail
from blueprint.policy_document import to_json
from settings.mistakes import SettingsError
from tests.unit.program import Recording, key_id, run_program, stack_config
from tests.unit.test_settings import GOOD, read

AUDITED = {**GOOD, "replicaRegion": "eu-west-1", "auditTrail": {"days": 400}}
TRAIL = "arn:aws:cloudtrail:eu-central-1:123456789012:trail/acme-tfstate-audit"


@pytest.fixture(scope="module")
def prod() -> Recording:
    return run_program({**stack_config("prod"), "state-backend:auditTrail": {"days": 730}}, stack="prod")


def recording(**changes: Any) -> Any:
    plan = audit_trail(read({**AUDITED, **changes}))
    assert plan is not None
    assert plan.recording is not None
    return plan.recording


def test_without_the_choice_there_is_no_trail() -> None:
    assert audit_trail(read(GOOD)) is None
    assert audit_trail(read({**GOOD, "auditTrail": "{}"})) is None


def test_it_records_the_states_and_locks_of_both_regions_and_no_other_data() -> None:
    selectors = recording().selectors
    assert selectors["StateObjects"]["resources.ARN"]["startsWith"] == [
        "arn:aws:s3:::acme-tfstate-123456789012-eu-central-1/",
        "arn:aws:s3:::acme-tfstate-123456789012-eu-west-1/",
    ]
    assert selectors["TableLocks"]["resources.ARN"]["equals"] == [
        "arn:aws:dynamodb:eu-central-1:123456789012:table/acme-tfstate-locks",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/acme-tfstate-locks",
    ]
    assert "TableLocks" not in recording(lock="lockfile").selectors


def test_cloudtrail_writes_for_this_trail_alone() -> None:
    plan = recording()

    def writes(**keys: str) -> str:
        context = EvalContext(
            principal_arn="arn:aws:iam::123456789012:root",
            principal_type="Root",
            principal_account="123456789012",
            action="s3:PutObject",
            resource_arn=f"{plan.bucket.arn}/AWSLogs/123456789012/x",
            region="eu-central-1",
            source_ip="127.0.0.1",
            secure_transport=True,
            service_context=keys,
        )
        found = evaluate_resource_policy(to_json(plan.bucket_policy), context, service="cloudtrail.amazonaws.com")
        return str(found.decision)

    own = {
        "aws:sourcearn": TRAIL,
        "aws:sourceaccount": "123456789012",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    assert writes(**own) == "Allow"
    assert writes(**{**own, "aws:sourcearn": f"{TRAIL}-other"}) == "ImplicitDeny"
    assert writes(**{**own, "aws:sourceaccount": "999999999999"}) == "ImplicitDeny"


def test_state_users_have_no_statement_about_the_trail(prod: Recording) -> None:
    policies = {made.name: made.inputs["policy"] for made in prod.of_type("aws:iam/policy:Policy")}
    of_entries = {name for name in policies if "-access-" in name}
    assert of_entries
    assert not any("-audit-" in policies[name] for name in of_entries)


def test_operators_read_the_trails_settings_and_events_and_none_of_its_files(prod: Recording) -> None:
    policies = {made.name: made.inputs["policy"] for made in prod.of_type("aws:iam/policy:Policy")}
    told = {name for name, policy in policies.items() if "-audit" in policy}
    assert told == {"terraform-state-operate-read-settings-policy"}
    bucket = prod.named("terraform-state-audit-bucket").inputs["bucket"]
    assert not any(f"{bucket}/" in policy for policy in policies.values())


def test_the_trail_is_validated_encrypted_under_its_own_key_and_reaches_all_regions(prod: Recording) -> None:
    trail = prod.named("terraform-state-audit-trail").inputs
    assert trail["enableLogFileValidation"]
    assert trail["isMultiRegionTrail"]
    assert trail["kmsKeyId"].endswith(key_id("terraform-state-audit-key"))
    assert prod.named("terraform-state-audit-log-group").inputs["retentionInDays"] == 731
    assert prod.named("terraform-state-audit-bucket").protect
    assert prod.named("terraform-state-audit-key").protect


def test_the_audit_buckets_own_access_logs_are_let_in(prod: Recording) -> None:
    policy = prod.named("terraform-state-primary-logs-policy").inputs["policy"]
    assert "acme-prod-tfstate-audit-111111111111-eu-central-1" in policy
    assert "-audit-" not in prod.named("terraform-state-replica-logs-policy").inputs["policy"]


def test_break_glass_a_denied_write_and_a_key_at_risk_raise_alarms(prod: Recording) -> None:
    patterns = {
        made.name.removeprefix("terraform-state-audit-"): made.inputs["pattern"]
        for made in prod.of_type("aws:cloudwatch/logMetricFilter:LogMetricFilter")
    }
    assert set(patterns) == {"break-glass-metric", "denied-write-metric", "key-at-risk-metric"}
    assert "arn:aws:iam::111111111111:role/break-glass" in patterns["break-glass-metric"]
    assert "ScheduleKeyDeletion" in patterns["key-at-risk-metric"]
    assert "acme-prod-tfstate-111111111111-eu-west-1" in patterns["denied-write-metric"]
    alarms = [made.name for made in prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")]
    assert len([name for name in alarms if "-audit-" in name]) == 3


def test_an_existing_trail_is_respected_and_gets_the_alarms_alone() -> None:
    topic = "arn:aws:sns:eu-central-1:111111111111:security"
    existing = {"existingLogGroup": "org/trail", "alarmTopicArn": topic}
    made = run_program({**stack_config("prod"), "state-backend:auditTrail": existing}, stack="prod")
    assert made.error is None
    assert not made.of_type("aws:cloudtrail/trail:Trail")
    assert len(made.of_type("aws:s3/bucket:Bucket")) == 4
    filters = made.of_type("aws:cloudwatch/logMetricFilter:LogMetricFilter")
    assert {one.inputs["logGroupName"] for one in filters} == {"org/trail"}
    watching = made.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    alarms = [alarm for alarm in watching if "-audit-" in alarm.name]
    assert {tuple(alarm.inputs["alarmActions"]) for alarm in alarms} == {(topic,)}


def test_a_bucket_name_that_only_the_trail_makes_too_long_is_found_before() -> None:
    prefix = "a" * 24
    read({**GOOD, "namePrefix": prefix})
    with pytest.raises(SettingsError, match="tfstate-audit-"):
        read({**AUDITED, "namePrefix": prefix})

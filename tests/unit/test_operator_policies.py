"""What the policies of operators grant: what ``statectl`` asks for, and no more."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from blueprint.backend import Backend, backend
from blueprint.limits import over_limits, stand_in_key_arn
from blueprint.operator_policy import operator_policy
from blueprint.operators import Operation
from blueprint.policy_document import PolicyDocument, Statement
from settings.regions import partition_of
from tests.unit.configurations import valid_configurations
from tests.unit.program import ROOT
from tests.unit.test_access import ADMIN, BUCKET, TABLE, allowed, entry
from tests.unit.test_operators import ENGINEER, USER, plan_of
from tests.unit.test_settings import read

AUDIT_KEY = "arn:aws:kms:eu-central-1:123456789012:key/audit"
STATE = f"{BUCKET}/prod/network/terraform.tfstate"
REPLICA = BUCKET.replace("eu-central-1", "eu-west-1")
REPLICA_TABLE = TABLE.replace("eu-central-1", "eu-west-1")
LOCK = "acme-tfstate-123456789012-eu-central-1/prod/network/terraform.tfstate"
OTHER_LOCK = "somebody-elses-bucket/prod/network/terraform.tfstate"
EVERYTHING: dict[str, Any] = {
    "replicaRegion": "eu-west-1",
    "auditTrail": {"days": 30},
    "accountPublicAccessBlock": True,
    "access": [
        entry(principals=[ENGINEER, USER], github=[{"organisation": "a", "repository": "b", "branch": "c"}])
    ],
}
IAM_OF_OTHERS = {
    *("iam:GetUser", "iam:GetUserPolicy", "iam:ListGroupsForUser", "iam:ListUserPolicies"),
    *("iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies"),
}
"""What ``statectl access check`` asks about users: IAM's to allow, as the docs say."""
OF_ADMINISTRATORS = {"s3:PutBucketPolicy", "s3:CreateJob", "s3:DescribeJob", "s3:ListJobs"}
"""What a failover and a backfill ask for besides; who administers the stack has policies that it does not make."""
OF_WHOEVER_ADOPTS = {
    *("s3:ListAllMyBuckets", "s3:GetBucketAcl", "s3:GetBucketObjectLockConfiguration", "dynamodb:ListTables"),
}
"""What is looked for before there is a stack, whose operators could not exist yet."""
ACTION = re.compile(r"(?:s3|kms|dynamodb|iam|cloudtrail|logs|cloudwatch):[A-Z]\w+")
OF_OPERATORS = (Operation.READ, Operation.READ_SETTINGS, Operation.WRITE)
KEY_USE = {"kms:Decrypt", "kms:GenerateDataKey"}
"""What S3 and DynamoDB do in the caller's name."""


def document(plan: Backend, operation: Operation) -> PolicyDocument:
    keys = [stand_in_key_arn(region) for region in (plan.primary, plan.replica) if region is not None]
    trail = plan.audit is not None and plan.audit.recording is not None
    return operator_policy(
        plan,
        operation,
        state_keys=[key for key in keys if key is not None],
        audit_key=AUDIT_KEY if trail else None,
    )


def statements(plan: Backend) -> Iterator[Statement]:
    for operation in OF_OPERATORS:
        yield from document(plan, operation)["Statement"]


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def reads(plan: Backend, action: str, resource: str, **keys: Any) -> bool:
    """Whether a reader may."""
    return any(
        allowed(document(plan, operation), action, resource, **keys)
        for operation in (Operation.READ, Operation.READ_SETTINGS)
    )


def writes(plan: Backend, action: str, resource: str, **keys: Any) -> bool:
    """Whether a writer may, who has the policies of a reader too."""
    return reads(plan, action, resource, **keys) or allowed(
        document(plan, Operation.WRITE), action, resource, **keys
    )


def actions_named_in(path: Path) -> Iterator[str]:
    """The IAM actions that a module writes down for its error texts, whole."""
    tree = ast.parse(path.read_text())
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) and id(node) not in parts else None
        if isinstance(value, str) and ACTION.fullmatch(value):
            yield value


def test_a_reader_sees_every_state_and_lock_with_its_versions_in_both_regions() -> None:
    plan = plan_of(**EVERYTHING)
    for bucket in (BUCKET, REPLICA):
        for action in ("s3:ListBucket", "s3:ListBucketVersions"):
            assert reads(plan, action, bucket)
            assert not reads(plan, action, bucket.replace("tfstate-", "tfstate-logs-"))
        for key in ("prod/network/terraform.tfstate", "env:/blue/x.tfstate", "stray", "prod/a b.tfstate.tflock"):
            assert reads(plan, "s3:GetObject", f"{bucket}/{key}")
            assert reads(plan, "s3:GetObjectVersion", f"{bucket}/{key}")
        assert not reads(plan, "s3:GetObject", f"{bucket.replace('tfstate-', 'tfstate-audit-')}/AWSLogs/x")
    for table in (TABLE, REPLICA_TABLE):
        for action in ("dynamodb:GetItem", "dynamodb:Scan"):
            assert reads(plan, action, table)
            assert not reads(plan, action, table.replace("acme-tfstate-locks", "another"))


def test_a_reader_changes_nothing() -> None:
    plan = plan_of(**EVERYTHING)
    for operation in (Operation.READ, Operation.READ_SETTINGS):
        for statement in document(plan, operation)["Statement"]:
            for action in listed(statement["Action"]):
                verb = action.split(":")[1]
                assert verb.startswith(("Get", "List", "Describe", "Filter", "Scan", "Decrypt")), action


def test_a_writer_writes_states_and_holds_locks_and_deletes_lockfiles_alone() -> None:
    plan = plan_of(**EVERYTHING)
    for bucket in (BUCKET, REPLICA):
        for key in ("prod/network/terraform.tfstate", "env:/blue/prod/network/terraform.tfstate"):
            assert writes(plan, "s3:PutObject", f"{bucket}/{key}")
            assert writes(plan, "s3:PutObject", f"{bucket}/{key}.tflock")
            assert writes(plan, "s3:DeleteObject", f"{bucket}/{key}.tflock")
            assert not writes(plan, "s3:DeleteObject", f"{bucket}/{key}")
            for never in ("s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:BypassGovernanceRetention"):
                assert not writes(plan, never, f"{bucket}/{key}")
                assert not writes(plan, never, f"{bucket}/{key}.tflock")
        # Pulumi's own states may lie in the same bucket.
        assert not writes(plan, "s3:PutObject", f"{bucket}/.pulumi/stacks/state-backend/prod.json")
        for never in ("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"):
            assert not writes(plan, never, bucket)
    assert not reads(plan, "s3:PutObject", STATE)
    assert not reads(plan, "s3:PutObject", f"{STATE}.tflock")
    assert not reads(plan, "s3:DeleteObject", f"{STATE}.tflock")


def test_a_writer_touches_the_items_of_the_regions_own_bucket_and_no_others_of_the_table() -> None:
    plan = plan_of(**EVERYTHING)
    for action in ("dynamodb:PutItem", "dynamodb:DeleteItem"):
        for suffix in ("", "-md5"):
            own = {"dynamodb__LeadingKeys": [f"{LOCK}{suffix}"]}
            replica = {"dynamodb__LeadingKeys": [f"{LOCK.replace('eu-central-1', 'eu-west-1')}{suffix}"]}
            other = {"dynamodb__LeadingKeys": [f"{OTHER_LOCK}{suffix}"]}
            assert writes(plan, action, TABLE, **own)
            assert writes(plan, action, REPLICA_TABLE, **replica)
            assert not writes(plan, action, TABLE, **replica)
            assert not writes(plan, action, REPLICA_TABLE, **own)
            assert not writes(plan, action, TABLE, **other)
            assert not reads(plan, action, TABLE, **own)
        assert not writes(plan, action, TABLE)
        both = {"dynamodb__LeadingKeys": [LOCK, OTHER_LOCK]}
        assert not writes(plan, action, TABLE, **both)
    assert not writes(plan, "dynamodb:UpdateItem", TABLE, dynamodb__LeadingKeys=[LOCK])
    assert not writes(plan, "dynamodb:DeleteTable", TABLE)


def test_the_keys_are_used_through_s3_for_the_buckets_and_through_dynamodb_for_the_tables() -> None:
    plan = plan_of(**EVERYTHING)
    key = stand_in_key_arn(plan.primary)
    assert key is not None
    s3, dynamodb = ({"kms__ViaService": f"{service}.eu-central-1.amazonaws.com"} for service in ("s3", "dynamodb"))
    context = "kms__EncryptionContext__aws__s3__arn"
    table = {
        "kms__EncryptionContext__aws__dynamodb__tableName": "acme-tfstate-locks",
        "kms__EncryptionContext__aws__dynamodb__subscriberId": "123456789012",
    }
    for encrypted in (BUCKET, STATE):
        assert reads(plan, "kms:Decrypt", key, **s3, **{context: encrypted})
        assert not reads(plan, "kms:GenerateDataKey", key, **s3, **{context: encrypted})
        assert writes(plan, "kms:GenerateDataKey", key, **s3, **{context: encrypted})
    assert reads(plan, "kms:Decrypt", key, **dynamodb, **table)
    assert not writes(plan, "kms:Decrypt", key, **s3, **{context: f"{BUCKET}-other"})
    assert not writes(plan, "kms:GenerateDataKey", key, **s3, **{context: f"{BUCKET}-other"})
    assert not writes(plan, "kms:Decrypt", key, **{context: BUCKET})
    assert not writes(plan, "kms:Decrypt", key, **table)
    assert not writes(plan, "kms:Decrypt", AUDIT_KEY, **s3, **{context: BUCKET})
    assert not writes(plan, "kms:Decrypt", key)


def test_operators_may_ask_for_what_statectl_asks_for_and_for_nothing_else() -> None:
    asked = {action for path in (ROOT / "store").rglob("*.py") for action in actions_named_in(path)}
    plan = plan_of(**EVERYTHING)
    granted = {action for statement in statements(plan) for action in listed(statement["Action"])}
    assert asked - granted == IAM_OF_OTHERS | OF_ADMINISTRATORS | OF_WHOEVER_ADOPTS
    assert granted - asked == KEY_USE


def test_a_wildcard_stands_for_objects_of_the_buckets_or_where_aws_knows_no_narrower_resource() -> None:
    found = {
        statement["Sid"]: [arn for arn in listed(statement["Resource"]) if "*" in arn]
        for statement in statements(plan_of(**EVERYTHING))
        if "*" in str(statement["Resource"])
    }
    iam = "arn:aws:iam::123456789012"
    assert found == {
        "ReadEveryState": [f"{BUCKET}/*", f"{REPLICA}/*"],
        "WriteEveryState": [f"{BUCKET}/*.tfstate", f"{REPLICA}/*.tfstate"],
        "HoldEveryLockfile": [f"{BUCKET}/*.tflock", f"{REPLICA}/*.tflock"],
        "ReadAccountPublicAccess": ["*"],
        "ReadRoles": [f"{iam}:role/acme-tfstate-access-*"],
        "ReadPolicies": [f"{iam}:policy/acme-tfstate-*"],
        "ReadAuditTrail": ["arn:aws:logs:eu-central-1:123456789012:log-group:acme-tfstate-audit:*"],
        "ListLogGroups": ["arn:aws:logs:eu-central-1:123456789012:log-group:*"],
        "ReadMetrics": ["*"],
    }
    assert not any("*" in action for one in statements(plan_of(**EVERYTHING)) for action in listed(one["Action"]))


def test_what_a_stack_does_not_make_is_not_in_the_policies() -> None:
    plan = plan_of(lock="lockfile", encryption="aes256")
    assert [statement["Sid"] for statement in statements(plan)] == [
        *("ListEveryState", "ReadEveryState"),
        *("ReadBucketSettings", "ReadRequestMetrics", "ReadPolicies", "ReadAttachmentsToRoles", "ReadMetrics"),
        *("WriteEveryState", "HoldEveryLockfile"),
    ]


def test_of_a_trail_that_another_stack_keeps_only_the_events_are_read() -> None:
    plan = plan_of(auditTrail={"existingLogGroup": "organisation/trail"})
    audit = {sid for sid in (one["Sid"] for one in statements(plan)) if "Trail" in sid or "Log" in sid}
    assert audit == {"ReadAuditTrail"}
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:organisation/trail:*"
    assert reads(plan, "logs:FilterLogEvents", group)
    assert not reads(plan, "logs:ListTagsForResource", group)


def test_a_principal_of_an_entry_is_asked_for_its_policies_and_for_nothing_else() -> None:
    plan = plan_of(**EVERYTHING)
    assert reads(plan, "iam:ListAttachedRolePolicies", ENGINEER)
    assert reads(plan, "iam:ListAttachedUserPolicies", USER)
    assert not reads(plan, "iam:GetRole", ENGINEER)
    assert not reads(plan, "iam:ListAttachedRolePolicies", ADMIN)


@given(valid_configurations(), st.booleans())
def test_the_policies_fit_into_iam_whatever_the_stack_is(configuration: dict[str, Any], audited: bool) -> None:
    partition = partition_of(configuration["aws:region"]).name
    role = f"arn:{partition}:iam::{configuration['accountId']}:role"
    whole = {**configuration, "rolePath": f"/{'p' * 126}/", "administrators": [f"{role}/admin"]}
    whole["operators"] = {"readers": [f"{role}/{'r' * 64}"], "writers": [f"{role}/{'w' * 64}"]}
    if audited:
        whole["auditTrail"] = {"days": 30}
    plan = backend(read(whole))
    assert list(over_limits(plan)) == []
    for operation in OF_OPERATORS:
        sids = [statement["Sid"] for statement in document(plan, operation)["Statement"]]
        assert len(sids) == len(set(sids))

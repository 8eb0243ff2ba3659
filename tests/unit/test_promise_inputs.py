"""Each setting that the program gives a resource is one that the promises speak of."""

import pytest

from blueprint.log_retention import retention_days
from blueprint.promise.rules import RULES
from tests.unit.program import Recording, run_program, stack_config

BOUNDARY = {"state-backend:permissionsBoundary": "arn:aws:iam::111111111111:policy/boundary"}
FOR_ADDRESS, FOR_PULUMI = "(by which it is found)", "(what Pulumi itself does)"
WHOLE = {"bucket": FOR_ADDRESS, "region": FOR_ADDRESS, "name": FOR_ADDRESS}
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
INPUTS: dict[str, dict[str, str]] = {
    "aws:s3/bucket:Bucket": {"region": "bucket.region", "tags": "bucket.tags", "forceDestroy": FOR_PULUMI},
    "aws:s3/bucketVersioning:BucketVersioning": {"versioningConfiguration": "bucket.versioning"},
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"rule": "bucket.ownership"},
    "aws:s3/bucketPolicy:BucketPolicy": {"policy": "bucket.policy"},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"rules": "bucket.lifecycle"},
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "rules": "bucket.encryption"
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
        "bucket.public-access",
    ),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": {
        "accountId": FOR_ADDRESS,
        **dict.fromkeys(BLOCKS, "account.public-access"),
    },
    "aws:s3/bucketLogging:BucketLogging": dict.fromkeys(
        ("targetBucket", "targetPrefix", "targetObjectKeyFormat"), "bucket.logging"
    ),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": {
        "role": "replication.role",
        "rules": "replication.rules",
    },
    "aws:kms/key:Key": {
        "description": "key.description",
        "enableKeyRotation": "key.rotation",
        "policy": "key.policy",
        "tags": "key.tags",
        "deletionWindowInDays": FOR_PULUMI,
    },
    "aws:kms/alias:Alias": {"targetKeyId": "key.alias"},
    "aws:dynamodb/table:Table": {
        "attributes": "table.key",
        "hashKey": "table.key",
        "billingMode": "table.billing",
        "deletionProtectionEnabled": "table.deletion-protection",
        "pointInTimeRecovery": "table.recovery",
        "serverSideEncryption": "table.encryption",
        "tags": "table.tags",
    },
    "aws:iam/role:Role": {
        "assumeRolePolicy": "role.trust",
        "description": "role.description",
        "maxSessionDuration": "role.session",
        "path": "role.arn",
        "permissionsBoundary": "role.boundary",
        "tags": "role.tags",
    },
    "aws:iam/rolePolicy:RolePolicy": {"policy": "role.inline", "role": FOR_ADDRESS},
    "aws:iam/policy:Policy": {
        "description": "policy.description",
        "path": FOR_ADDRESS,
        "policy": "policy.statements",
        "tags": "policy.tags",
    },
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"role": FOR_ADDRESS, "policyArn": "attachment.policies"},
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
        "url": FOR_ADDRESS,
        "clientIdLists": "issuer.audiences",
        "tags": "issuer.tags",
    },
    "aws:cloudtrail/trail:Trail": {
        "advancedEventSelectors": "trail.selectors",
        "cloudWatchLogsGroupArn": "trail.delivery",
        "cloudWatchLogsRoleArn": "trail.delivery",
        "enableLogFileValidation": "trail.validation",
        "includeGlobalServiceEvents": "trail.reach",
        "isMultiRegionTrail": "trail.reach",
        "kmsKeyId": "trail.encryption",
        "s3BucketName": "trail.bucket",
        "tags": "trail.tags",
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        "kmsKeyId": "log-group.encryption",
        "retentionInDays": "log-group.retention",
        "tags": "log-group.tags",
    },
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": {
        "logGroupName": FOR_ADDRESS,
        "metricTransformation": "alarm.count",
        "pattern": "alarm.pattern",
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "alarmActions": "alarm.actions",
        "alarmDescription": "alarm.description",
        "tags": "alarm.tags",
        **dict.fromkeys(
            (
                *("comparisonOperator", "dimensions", "evaluationPeriods", "metricName", "namespace"),
                *("period", "statistic", "threshold", "treatMissingData"),
            ),
            "alarm.threshold",
        ),
    },
}
"""Every input of every resource that the program makes, and the promise that it is seen by."""


@pytest.fixture(scope="module")
def prod() -> Recording:
    return run_program({**stack_config("prod"), **BOUNDARY}, stack="prod")


def test_every_input_of_every_resource_of_the_program_is_seen_by_a_promise(prod: Recording) -> None:
    assert prod.error is None
    for made in prod.resources:
        if made.type.startswith("aws:"):
            known = {**WHOLE, **INPUTS.get(made.type, {})}
            unseen = sorted(set(made.inputs) - set(known))
            assert not unseen, f"{made.type} sets {unseen}, which no promise is about"
    told = {id_ for inputs in INPUTS.values() for id_ in inputs.values() if not id_.startswith("(")}
    assert told <= set(RULES)


def test_a_log_group_keeps_events_for_as_long_as_is_promised(prod: Recording) -> None:
    (group,) = prod.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs["retentionInDays"] == retention_days(730) == 731
    assert [retention_days(days) for days in (1, 2, 60, 61, 3653)] == [1, 3, 60, 90, 3653]

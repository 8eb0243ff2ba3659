"""One resource of every kind, with all that the backend uses of it, and one change to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

BUCKET: Final = "aws:s3/bucket:Bucket"
ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
KEY: Final = "aws:kms/key:Key"
ROLE: Final = "aws:iam/role:Role"
TABLE: Final = "aws:dynamodb/table:Table"
USER: Final = "aws:iam/user:User"
ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
FILTER: Final = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
TOPIC: Final = "aws:sns/topic:Topic"
TRAIL: Final = "aws:cloudtrail/trail:Trail"


@dataclass(frozen=True)
class Sample:
    """`needs` are made before it; in its inputs and changes `{0}` stands for the first bucket's name, `{1}` for
    the second's, `{key}`, `{role}`, `{policy}` and `{topic}` for ARNs, `{user}` and `{group}` for names.
    """

    kind: str
    inputs: Mapping[str, Any]
    change: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    not_on_import: frozenset[str] = field(default=frozenset())


def document(**statement: Any) -> str:
    # Braces of JSON are doubled where a name is filled in; this fills nothing in.
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


TRUST: Final = document(Principal={"Service": "s3.amazonaws.com"}, Action="sts:AssumeRole")
READ: Final = document(Action=["s3:GetObject"], Resource="*")
WRITE: Final = document(Action=["s3:PutObject"], Resource="*")
TLS_ONLY: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::{0}", "arn:aws:s3:::{0}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
)
RULES: Final = (
    {
        "id": "old",
        "status": "Enabled",
        "filter": {},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        "noncurrentVersionExpiration": {"noncurrentDays": 90, "newerNoncurrentVersions": 20},
        "noncurrentVersionTransitions": [{"noncurrentDays": 30, "storageClass": "STANDARD_IA"}],
    },
    {
        "id": "markers",
        "status": "Enabled",
        "filter": {"prefix": "a/"},
        "expiration": {"expiredObjectDeleteMarker": True},
    },
    {
        "id": "tagged",
        "status": "Disabled",
        "filter": {"tag": {"key": "k", "value": "v"}},
        "expiration": {"days": 400},
        "transitions": [{"days": 40, "storageClass": "GLACIER"}],
    },
    {
        "id": "sizes",
        "status": "Enabled",
        "filter": {"and": {"prefix": "b/", "tags": {"k": "v", "l": "w"}, "objectSizeGreaterThan": 10}},
        "expiration": {"date": "2040-01-01T00:00:00Z"},
    },
)
REPLICATION: Final = {
    "id": "all",
    "status": "Enabled",
    "priority": 1,
    "filter": {},
    "deleteMarkerReplication": {"status": "Enabled"},
    "sourceSelectionCriteria": {
        "sseKmsEncryptedObjects": {"status": "Enabled"},
        "replicaModifications": {"status": "Enabled"},
    },
    "destination": {
        "bucket": "arn:aws:s3:::{1}",
        "storageClass": "STANDARD_IA",
        "encryptionConfiguration": {"replicaKmsKeyId": "{key}"},
        "metrics": {"status": "Enabled", "eventThreshold": {"minutes": 15}},
        "replicationTime": {"status": "Enabled", "time": {"minutes": 15}},
    },
}

SAMPLES: Final = (
    Sample(
        BUCKET,
        {"bucket": "{own}", "forceDestroy": True, "tags": {"a": "b"}},
        {"tags": {"a": "c", "d": "e"}},
        not_on_import=frozenset({"forceDestroy"}),
    ),
    Sample(
        VERSIONING,
        {"bucket": "{0}", "versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
        (BUCKET,),
    ),
    Sample(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"bucket": "{0}", "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "ObjectWriter"}},
        (BUCKET,),
    ),
    Sample(
        ENCRYPTION,
        {
            "bucket": "{0}",
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "{key}"},
                    "blockedEncryptionTypes": ["SSE-C"],
                    "bucketKeyEnabled": True,
                }
            ],
        },
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        (BUCKET, KEY),
    ),
    Sample(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {"bucket": "{0}", "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True},
        {"restrictPublicBuckets": True},
        (BUCKET,),
    ),
    Sample(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {"bucket": "{0}", "rules": list(RULES)},
        {"rules": [RULES[1]]},
        (BUCKET,),
    ),
    Sample(
        "aws:s3/bucketPolicy:BucketPolicy",
        {"bucket": "{0}", "policy": TLS_ONLY},
        {"policy": TLS_ONLY.replace("s3:*", "s3:PutObject")},
        (BUCKET,),
    ),
    Sample(
        "aws:s3/bucketLogging:BucketLogging",
        {
            "bucket": "{0}",
            "targetBucket": "{1}",
            "targetPrefix": "logs/",
            "targetObjectKeyFormat": {"partitionedPrefix": {"partitionDateSource": "EventTime"}},
        },
        {"targetObjectKeyFormat": {"simplePrefix": {}}},
        (BUCKET, BUCKET),
    ),
    Sample(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        {"bucket": "{0}", "role": "{role}", "rules": [REPLICATION]},
        {"rules": [{**REPLICATION, "deleteMarkerReplication": {"status": "Disabled"}}]},
        (BUCKET, BUCKET, VERSIONING, VERSIONING, KEY, ROLE),
    ),
    Sample(
        KEY,
        {
            "description": "states",
            "enableKeyRotation": True,
            "rotationPeriodInDays": 180,
            "deletionWindowInDays": 30,
            "policy": document(
                Sid="root", Principal={"AWS": "arn:aws:iam::000000000000:root"}, Action="kms:*", Resource="*"
            ),
            "tags": {"a": "b"},
        },
        {"enableKeyRotation": False, "rotationPeriodInDays": None, "description": "other", "tags": None},
        not_on_import=frozenset({"deletionWindowInDays"}),
    ),
    Sample("aws:kms/alias:Alias", {"name": "alias/{own}", "targetKeyId": "{key}"}, {}, (KEY,)),
    Sample(
        TABLE,
        {
            "name": "{own}",
            "attributes": [{"name": "LockID", "type": "S"}],
            "hashKey": "LockID",
            "billingMode": "PAY_PER_REQUEST",
            "pointInTimeRecovery": {"enabled": True},
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": "{key}"},
            "tags": {"a": "b"},
            "ttl": {"enabled": True, "attributeName": "expires"},
        },
        {
            "pointInTimeRecovery": {"enabled": False},
            "billingMode": "PROVISIONED",
            "readCapacity": 2,
            "writeCapacity": 3,
        },
        (KEY,),
    ),
    Sample(
        ROLE,
        {
            "name": "{own}",
            "assumeRolePolicy": TRUST,
            "description": "copies",
            "path": "/a/",
            "permissionsBoundary": "{policy}",
            "maxSessionDuration": 7200,
            "tags": {"a": "b"},
        },
        {"permissionsBoundary": None, "maxSessionDuration": None, "description": "other"},
    ),
    Sample(
        "aws:iam/rolePolicy:RolePolicy",
        {"name": "{own}", "role": "{role_name}", "policy": READ},
        {"policy": WRITE},
        (ROLE,),
    ),
    Sample(
        "aws:iam/policy:Policy",
        {"name": "{own}", "policy": READ, "description": "reads", "path": "/b/", "tags": {"a": "b"}},
        {"policy": WRITE, "tags": {"c": "d"}},
    ),
    Sample(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"role": "{role_name}", "policyArn": "{policy}"},
        {},
        (ROLE,),
    ),
    Sample(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {
            "url": "https://{own}.example.com",
            "clientIdLists": ["sts.amazonaws.com"],
            "thumbprintLists": ["6938fd4d98bab03faadb97b34396831e3780aea1"],
        },
        # The emulated AWS knows no call that changes one: test_calls has its update.
        {},
    ),
    Sample(
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        {"user": "{user}", "policyArn": "{policy}"},
        {},
        (USER,),
    ),
    Sample(
        TRAIL,
        {
            "name": "{own}",
            "s3BucketName": "{0}",
            "s3KeyPrefix": "states",
            "kmsKeyId": "{key}",
            "isMultiRegionTrail": True,
            "enableLogFileValidation": True,
            "advancedEventSelectors": [
                {
                    "name": "states",
                    "fieldSelectors": [
                        {"field": "eventCategory", "equals": ["Data"]},
                        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::{0}/", "arn:aws:s3:::other/"]},
                        {"field": "eventName", "notEquals": ["HeadObject"], "notEndsWiths": ["Tagging"]},
                    ],
                },
                {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]},
            ],
            "cloudWatchLogsGroupArn": "{group_arn}:*",
            "cloudWatchLogsRoleArn": "{role}",
            "tags": {"a": "b"},
        },
        {
            "s3KeyPrefix": None,
            "kmsKeyId": None,
            "enableLogging": False,
            "isMultiRegionTrail": False,
            "includeGlobalServiceEvents": False,
            "enableLogFileValidation": None,
            "advancedEventSelectors": None,
            "cloudWatchLogsGroupArn": None,
            "cloudWatchLogsRoleArn": None,
            "tags": {"c": "d"},
        },
        (BUCKET, KEY, ROLE, GROUP),
    ),
    Sample(
        GROUP,
        {"name": "/{own}/trail", "retentionInDays": 365, "kmsKeyId": "{key}", "tags": {"a": "b"}},
        # The emulated AWS knows no call that changes the key: test_calls has it.
        {"retentionInDays": None, "skipDestroy": False, "tags": {"c": "d"}},
        (KEY,),
        not_on_import=frozenset({"skipDestroy"}),
    ),
    Sample(
        FILTER,
        {
            "name": "{own}",
            "logGroupName": "{group}",
            "pattern": '{ ($.errorCode = "AccessDenied*") && ($.sourceIPAddress != "10.*") }',
            "metricTransformation": {"name": "Denied", "namespace": "States", "value": "1", "defaultValue": "0"},
        },
        {
            "pattern": "{ $.eventName = DeleteObject }",
            "metricTransformation": {
                "name": "Deleted",
                "namespace": "States",
                "value": "$.count",
                "unit": "Count",
                "dimensions": {"Who": "$.userIdentity.arn"},
            },
        },
        (GROUP,),
    ),
    Sample(
        ALARM,
        {
            "name": "{own}",
            "alarmDescription": "somebody was refused",
            "namespace": "States",
            "metricName": "Denied",
            "dimensions": {"Bucket": "b", "Account": "1"},
            "statistic": "Sum",
            "unit": "Count",
            "period": 300,
            "evaluationPeriods": 3,
            "datapointsToAlarm": 2,
            "threshold": 1,
            "comparisonOperator": "GreaterThanOrEqualToThreshold",
            "treatMissingData": "notBreaching",
            "alarmActions": ["{topic}"],
            "okActions": ["{topic}"],
            "insufficientDataActions": ["{topic}"],
            "tags": {"a": "b"},
        },
        {
            "statistic": None,
            "extendedStatistic": "p99",
            "threshold": 2.5,
            "actionsEnabled": False,
            "alarmDescription": None,
            "datapointsToAlarm": None,
            "dimensions": None,
            "okActions": None,
            "treatMissingData": None,
            "unit": None,
            "tags": {"c": "d"},
        },
        (TOPIC,),
    ),
    Sample(
        TOPIC,
        {
            "name": "{own}",
            "kmsMasterKeyId": "{key}",
            "policy": document(
                Sid="alarms",
                Principal={"Service": "cloudwatch.amazonaws.com"},
                Action="sns:Publish",
                Resource="arn:aws:sns:eu-west-1:000000000000:{own}",
            ),
            "tags": {"a": "b"},
        },
        {
            "kmsMasterKeyId": None,
            "policy": document(
                Sid="events",
                Principal={"Service": "events.amazonaws.com"},
                Action="sns:Publish",
                Resource="arn:aws:sns:eu-west-1:000000000000:{own}",
            ),
            "tags": {"c": "d"},
        },
        (KEY,),
    ),
)

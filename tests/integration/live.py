"""What boto3 reads back of a bucket, a key and a table, beside what the blueprint promises of them.

Both sides in the same plain shape, so that a test is one comparison and a difference names its setting.
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from blueprint.audit_trail import AuditTrail, Recording
from blueprint.backend import RegionalBackend
from blueprint.bucket import BLOCKED_ENCRYPTION_TYPES, Bucket
from blueprint.bucket_policy import log_bucket_policy, state_bucket_policy
from blueprint.encryption_key import EncryptionKey
from blueprint.guard import guard
from blueprint.lifecycle import LifecycleRule
from blueprint.lock_table import HASH_KEY, LockTable
from blueprint.policy_document import PolicyDocument, to_json
from settings.model import Encryption, Settings

PUBLIC_ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def live_bucket(s3: Any, name: str) -> dict[str, Any]:
    """The settings of a bucket as S3 reports them."""
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    return {
        "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
        "ownership": s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"],
        "public access": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        "encryption": [_without_defaults(rule) for rule in encryption],
        "lifecycle": {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]},
        "logging": s3.get_bucket_logging(Bucket=name).get("LoggingEnabled"),
        "policy": json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]),
        "tags": _tags(lambda: s3.get_bucket_tagging(Bucket=name)["TagSet"]),
        "region": s3.get_bucket_location(Bucket=name)["LocationConstraint"],
    }


def promised_bucket(plan: Bucket, policy: PolicyDocument, key_arn: str | None) -> dict[str, Any]:
    """The same of a bucket's blueprint."""
    default: dict[str, str] = {"SSEAlgorithm": "AES256"}
    if plan.encryption is Encryption.KMS:
        assert key_arn is not None
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    return {
        "versioning": "Enabled",
        "ownership": [{"ObjectOwnership": "BucketOwnerEnforced"}],
        "public access": PUBLIC_ACCESS_BLOCK,
        "encryption": [
            {
                "ApplyServerSideEncryptionByDefault": default,
                "BlockedEncryptionTypes": {"EncryptionType": list(BLOCKED_ENCRYPTION_TYPES)},
                "BucketKeyEnabled": plan.encryption is Encryption.KMS,
            }
        ],
        "lifecycle": {rule.id: _promised_rule(rule) for rule in plan.rules},
        "logging": {
            "TargetBucket": plan.logging.bucket,
            "TargetPrefix": plan.logging.prefix,
            "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
        }
        if plan.logging
        else None,
        "policy": json.loads(to_json(policy)),
        "tags": dict(plan.tags),
        "region": plan.region,
    }


def promised_state_bucket(settings: Settings, region: RegionalBackend, key_arn: str | None) -> dict[str, Any]:
    policy = state_bucket_policy(
        region.bucket.arn, encryption=settings.encryption, key_arn=key_arn, lock=settings.lock, who=guard(settings)
    )
    return promised_bucket(region.bucket, policy, key_arn)


def promised_log_bucket(settings: Settings, region: RegionalBackend) -> dict[str, Any]:
    assert region.log_bucket is not None
    policy = log_bucket_policy(
        region.log_bucket.arn,
        source_bucket_arns=region.logged,
        account=settings.account_id,
        who=guard(settings),
    )
    return promised_bucket(region.log_bucket, policy, None)


def live_key(kms: Any, alias: str) -> dict[str, Any]:
    """The settings of the key behind an alias, as KMS reports them."""
    key = kms.describe_key(KeyId=alias)["KeyMetadata"]
    return {
        "state": (key["KeyState"], key["KeyManager"], key["MultiRegion"]),
        "description": key["Description"],
        "rotation": kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"],
        "policy": json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]),
        "tags": {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]},
    }


def promised_key(plan: EncryptionKey) -> dict[str, Any]:
    """The same of a key's blueprint."""
    return {
        "state": ("Enabled", "CUSTOMER", False),
        "description": plan.description,
        "rotation": plan.rotation,
        "policy": json.loads(to_json(plan.policy)),
        "tags": dict(plan.tags),
    }


def live_table(dynamodb: Any, name: str) -> dict[str, Any]:
    """The settings of a table, as DynamoDB reports them."""
    table = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return {
        "key": (table["KeySchema"], table["AttributeDefinitions"]),
        "billing": table["BillingModeSummary"]["BillingMode"],
        "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "encryption": table.get("SSEDescription", {}).get("KMSMasterKeyArn"),
        "deletion protection": table["DeletionProtectionEnabled"],
        "replicas": table.get("Replicas", []),
        "arn": table["TableArn"],
        "tags": _tags(lambda: dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
    }


def promised_table(plan: LockTable, key_arn: str | None) -> dict[str, Any]:
    """The same of a table's blueprint."""
    return {
        "key": (
            [{"AttributeName": HASH_KEY, "KeyType": "HASH"}],
            [{"AttributeName": HASH_KEY, "AttributeType": "S"}],
        ),
        "billing": "PAY_PER_REQUEST",
        "recovery": "ENABLED",
        "encryption": key_arn,
        "deletion protection": plan.deletion_protection,
        "replicas": [],
        "arn": plan.arn,
        "tags": dict(plan.tags),
    }


def live_trail(cloudtrail: Any, name: str) -> dict[str, Any]:
    """The settings of a trail, as CloudTrail reports them."""
    trail = cloudtrail.get_trail(Name=name)["Trail"]
    selectors = cloudtrail.get_event_selectors(TrailName=name)["AdvancedEventSelectors"]
    return {
        "arn": trail["TrailARN"],
        "bucket": trail["S3BucketName"],
        "key": trail["KmsKeyId"],
        "reach": (trail["IsMultiRegionTrail"], trail["IncludeGlobalServiceEvents"]),
        "validated": trail["LogFileValidationEnabled"],
        "delivered to": trail["CloudWatchLogsLogGroupArn"],
        "logging": cloudtrail.get_trail_status(Name=name)["IsLogging"],
        "selectors": {
            selector["Name"]: {
                field["Field"]: {
                    operator: field[given]
                    for given, operator in (("Equals", "equals"), ("StartsWith", "startsWith"))
                    if field.get(given)
                }
                for field in selector["FieldSelectors"]
            }
            for selector in selectors
        },
    }


def promised_trail(recording: Recording, key_arn: str) -> dict[str, Any]:
    """The same of a trail's blueprint."""
    return {
        "arn": recording.arn,
        "bucket": recording.bucket.name,
        "key": key_arn,
        "reach": (True, True),
        "validated": True,
        "delivered to": f"{recording.log_group_arn}:*",
        "logging": True,
        "selectors": recording.selectors,
    }


def live_alarms(logs: Any, cloudwatch: Any, log_group: str) -> dict[str, Any]:
    """The patterns that are watched in a log group, and whom their alarms notify."""
    filters = logs.describe_metric_filters(logGroupName=log_group)["metricFilters"]
    alarms = {alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    return {
        watched["filterName"]: (
            watched["filterPattern"],
            watched["metricTransformations"][0]["metricNamespace"],
            alarms[watched["filterName"]]["AlarmActions"],
        )
        for watched in filters
    }


def promised_alarms(audit: AuditTrail) -> dict[str, Any]:
    """The same of the audit's blueprint."""
    topics = [audit.topic_arn] if audit.topic_arn else []
    return {alarm.name: (alarm.pattern, audit.namespace, topics) for alarm in audit.alarms}


def _promised_rule(rule: LifecycleRule) -> dict[str, Any]:
    promised: dict[str, Any] = {"ID": rule.id, "Status": "Enabled", "Filter": {"Prefix": rule.prefix}}
    if rule.current_version_days is not None:
        promised["Expiration"] = {"Days": rule.current_version_days}
    if rule.expired_delete_markers:
        promised["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if rule.noncurrent_version_days is not None:
        promised["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule.noncurrent_version_days}
        if rule.newer_noncurrent_versions is not None:
            promised["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = rule.newer_noncurrent_versions
    if rule.transition_days is not None:
        promised["NoncurrentVersionTransitions"] = [
            {"NoncurrentDays": rule.transition_days, "StorageClass": rule.transition_storage_class}
        ]
    if rule.abandoned_upload_days is not None:
        promised["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule.abandoned_upload_days}
    return promised


def _without_defaults(rule: dict[str, Any]) -> dict[str, Any]:
    return {"BucketKeyEnabled": False, **rule}


def _tags(read: Any) -> dict[str, str]:
    try:
        return {tag["Key"]: tag["Value"] for tag in read()}
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise

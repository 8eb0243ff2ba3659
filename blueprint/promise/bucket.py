"""What is promised of a bucket: of the state buckets, the log buckets and the audit trail's alike."""

from typing import Any

from blueprint.backend import RegionalBackend
from blueprint.bucket import BLOCKED_ENCRYPTION_TYPES, Bucket
from blueprint.bucket_policy import log_bucket_policy
from blueprint.guard import guard
from blueprint.lifecycle import LifecycleRule
from blueprint.policy_document import PolicyDocument
from blueprint.promise.account import PUBLIC_ACCESS_BLOCK
from blueprint.promise.resource import Kind, Promise, unless_kept
from blueprint.promise.rule import Comparison, Rule
from blueprint.promise.statements import as_plain
from blueprint.regional_policy import regional_policy
from settings.adopt import Kept
from settings.model import Encryption, Settings

RULES = (
    Rule(id="bucket.region", title="The bucket is in its region"),
    Rule(
        id="bucket.versioning",
        title="Versioning keeps what a write replaces",
        controls=("CKV_AWS_21", "s3_bucket_object_versioning", "S3.14"),
    ),
    Rule(
        id="bucket.ownership",
        title="The bucket's owner owns every object, and no ACL counts",
        controls=("CKV2_AWS_65", "CKV_AWS_20", "CKV_AWS_57", "CKV_AWS_375", "s3_bucket_acl_prohibited", "S3.12"),
    ),
    Rule(
        id="bucket.public-access",
        title="Public access is blocked for the bucket",
        controls=(
            *("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV2_AWS_6"),
            *("s3_bucket_level_public_access_block", "S3.8"),
        ),
    ),
    Rule(
        id="bucket.encryption",
        title="What names no key is encrypted under the bucket's",
        controls=("CKV_AWS_19", "CKV_AWS_145", "s3_bucket_kms_encryption", "S3.17"),
    ),
    Rule(id="bucket.bucket-key", title="One bucket key stands for many calls of KMS"),
    Rule(id="bucket.blocked-encryption", title="Objects under a client's own key (SSE-C) are blocked"),
    Rule(
        id="bucket.lifecycle",
        title="Old versions go when they should, and current states never",
        comparison=Comparison.BY_NAME,
        controls=("CKV2_AWS_61", "s3_bucket_lifecycle_enabled", "S3.10", "S3.13"),
        part_controls={"abandoned-uploads": ("CKV_AWS_300",)},
    ),
    Rule(
        id="bucket.logging",
        title="Access to the bucket is logged",
        controls=("CKV_AWS_18", "s3_bucket_server_access_logging_enabled", "S3.9"),
    ),
    Rule(
        id="bucket.policy",
        title="The bucket's policy is the stack's",
        comparison=Comparison.STATEMENTS,
        controls=(
            *("CKV_AWS_70", "CKV_AWS_93", "s3_bucket_policy_public_write_access"),
            *("s3_bucket_cross_account_access", "S3.2", "S3.3", "S3.6"),
        ),
        part_controls={
            "DenyInsecureTransport": ("s3_bucket_secure_transport_policy", "S3.5"),
            **dict.fromkeys(
                ("DenyForeignKey", "DenyUnnamedKey", "DenyOtherEncryption"),
                ("s3_bucket_kms_encryption", "S3.17"),
            ),
            "DenyLockfileOverwrite": (),
            "DenyCustomerProvidedKey": (),
        },
    ),
)
"""What each setting is called, and how it is compared."""
_WITH_ENCRYPTION = frozenset(("bucket.bucket-key", "bucket.blocked-encryption"))
"""What S3 sets together with the default encryption, and so is left as it was found with it."""


def promised_bucket(plan: Bucket, policy: PolicyDocument, key_arn: str | None) -> Promise:
    """A bucket with this policy.

    :param key_arn: the key that encrypts it; ``None`` with AES256.
    """
    by_key = plan.encryption is Encryption.KMS
    return Promise(
        kind=Kind.BUCKET,
        name=plan.name,
        region=plan.region,
        settings=unless_kept(
            Kind.BUCKET,
            {
                "region": plan.region,
                "versioning": "Enabled",
                "ownership": "BucketOwnerEnforced",
                "public-access": PUBLIC_ACCESS_BLOCK,
                "encryption": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
                if by_key
                else {"SSEAlgorithm": "AES256"},
                "bucket-key": by_key,
                "blocked-encryption": list(BLOCKED_ENCRYPTION_TYPES),
                "lifecycle": {rule.id: _rule(rule) for rule in plan.rules},
                "logging": {
                    "TargetBucket": plan.logging.bucket,
                    "TargetPrefix": plan.logging.prefix,
                    "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
                }
                if plan.logging
                else None,
                "policy": as_plain(policy),
                "tags": dict(plan.tags),
            },
            plan.kept | (_WITH_ENCRYPTION if Kept.ENCRYPTION in plan.kept else frozenset()),
        ),
    )


def promised_state_bucket(settings: Settings, region: RegionalBackend, key_arn: str | None) -> Promise:
    """The state bucket of a region."""
    return promised_bucket(region.bucket, regional_policy(settings, region, key_arn=key_arn), key_arn)


def promised_log_bucket(settings: Settings, region: RegionalBackend) -> Promise | None:
    """The bucket of a region's access logs; ``None`` where there are none."""
    if region.log_bucket is None:
        return None
    policy = log_bucket_policy(
        region.log_bucket.arn,
        source_bucket_arns=region.logged,
        account=settings.account_id,
        who=guard(settings),
    )
    return promised_bucket(region.log_bucket, policy, None)


def _rule(rule: LifecycleRule) -> dict[str, Any]:
    promised: dict[str, Any] = {"ID": rule.id, "Status": "Enabled", "Filter": {"Prefix": rule.prefix}}
    if rule.current_version_days is not None:
        promised["Expiration"] = {"Days": rule.current_version_days}
    elif rule.expired_delete_markers:
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

"""A bucket with every setting in a resource of its own: the same code for state, replica and logs.

Settings inside the bucket resource and beside it would undo each other on refresh (pulumi-aws#2577, #6244).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from blueprint.bucket import BLOCKED_ENCRYPTION_TYPES, Bucket
from blueprint.policy_document import PolicyDocument, to_json
from components.adoption import importing
from components.bucket_policy import make_bucket_policy
from components.lifecycle import make_lifecycle
from components.public_access import make_public_access_block
from settings.adopt import Kept
from settings.model import Encryption


@dataclass(frozen=True, kw_only=True)
class MadeBucket:
    """A bucket and what others wait for.

    :param bucket: the bucket itself.
    :param versioning: replication needs it on both sides first.
    :param policy: log delivery needs the log bucket's first; ``None`` where it is left as it was found.
    """

    bucket: aws.s3.Bucket
    versioning: aws.s3.BucketVersioning
    policy: aws.s3.BucketPolicy | None


def make_bucket(
    name: str,
    plan: Bucket,
    *,
    key_arn: pulumi.Input[str] | None,
    policy: pulumi.Input[PolicyDocument],
    log_target: MadeBucket | None,
    protect: bool,
    parent: pulumi.Resource,
) -> MadeBucket:
    """The bucket with all its settings, but for those that are left as they were found.

    :param key_arn: the key that encrypts it; ``None`` with AES256.
    :param policy: what it refuses.
    :param log_target: the bucket that takes its access logs.
    :param protect: whether Pulumi refuses to delete what holds data; ``False`` also lets a deletion take every
        version along.
    """
    plain = pulumi.ResourceOptions(parent=parent)
    guarded = pulumi.ResourceOptions(parent=parent, protect=protect)
    bucket = aws.s3.Bucket(
        name,
        bucket=plan.name,
        region=plan.region,
        # S3 knows nothing of it, so what is adopted has none to compare with.
        force_destroy=None if plan.adopted and protect else not protect,
        tags=plan.tags,
        opts=importing(guarded, f"{plan.name}@{plan.region}" if plan.adopted else None),
    )
    # Destroying the versioning resource would suspend versioning, so it is guarded like the data.
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.bucket,
        region=plan.region,
        versioning_configuration={"status": "Enabled"},
        opts=guarded,
    )
    public_access = (
        make_public_access_block(name, bucket, region=plan.region, parent=parent)
        if Kept.PUBLIC_ACCESS not in plan.kept
        else None
    )
    if Kept.OWNERSHIP not in plan.kept:
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            region=plan.region,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=pulumi.ResourceOptions(parent=parent, depends_on=public_access),
        )
    if Kept.ENCRYPTION not in plan.kept:
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            region=plan.region,
            rules=[_encryption_rule(plan.encryption, key_arn)],
            opts=plain,
        )
    if Kept.LIFECYCLE not in plan.kept:
        make_lifecycle(name, plan, bucket=bucket, versioning=versioning, parent=parent)
    bucket_policy = (
        make_bucket_policy(
            name,
            bucket,
            region=plan.region,
            document=pulumi.Output.from_input(policy).apply(to_json),
            public_access=public_access,
            parent=parent,
        )
        if Kept.POLICY not in plan.kept
        else None
    )
    if plan.logging is not None and log_target is not None and Kept.LOGGING not in plan.kept:
        aws.s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.bucket,
            region=plan.region,
            target_bucket=log_target.bucket.bucket,
            target_prefix=plan.logging.prefix,
            target_object_key_format={"partitioned_prefix": {"partition_date_source": "EventTime"}},
            opts=pulumi.ResourceOptions(parent=parent, depends_on=log_target.policy),
        )
    return MadeBucket(bucket=bucket, versioning=versioning, policy=bucket_policy)


def _encryption_rule(
    encryption: Encryption, key_arn: pulumi.Input[str] | None
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if encryption is Encryption.AES256:
        return {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"},
            "blocked_encryption_types": BLOCKED_ENCRYPTION_TYPES,
        }
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "blocked_encryption_types": BLOCKED_ENCRYPTION_TYPES,
        "bucket_key_enabled": True,
    }

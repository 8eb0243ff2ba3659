"""The lifecycle of a bucket."""

import pulumi
import pulumi_aws as aws

from blueprint.bucket import Bucket
from blueprint.lifecycle import LifecycleRule


def make_lifecycle(
    name: str,
    plan: Bucket,
    *,
    bucket: aws.s3.Bucket,
    versioning: aws.s3.BucketVersioning,
    parent: pulumi.Resource,
) -> aws.s3.BucketLifecycleConfiguration:
    """The rules, once the bucket is versioned: before, noncurrent versions mean nothing to S3."""
    return aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.bucket,
        region=plan.region,
        rules=[_rule(rule) for rule in plan.rules],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning]),
    )


def _rule(rule: LifecycleRule) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
    args: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": rule.id,
        "status": "Enabled",
        "filter": {"prefix": rule.prefix},
    }
    # S3 refuses days and delete markers in one expiration; the blueprint never asks for both.
    if rule.current_version_days is not None:
        args["expiration"] = {"days": rule.current_version_days}
    elif rule.expired_delete_markers:
        args["expiration"] = {"expired_object_delete_marker": True}
    if rule.noncurrent_version_days is not None:
        args["noncurrent_version_expiration"] = {
            "noncurrent_days": rule.noncurrent_version_days,
            "newer_noncurrent_versions": rule.newer_noncurrent_versions,
        }
    if rule.transition_days is not None and rule.transition_storage_class is not None:
        args["noncurrent_version_transitions"] = [
            {"noncurrent_days": rule.transition_days, "storage_class": rule.transition_storage_class}
        ]
    if rule.abandoned_upload_days is not None:
        args["abort_incomplete_multipart_upload"] = {"days_after_initiation": rule.abandoned_upload_days}
    return args

"""What stands in the way of adopting a bucket, and which no backend of this program has: locks and grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.live.reading import Live, Reading

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def live_found_bucket(s3: S3Client, name: str, account_id: str) -> Live:
    """``object-lock``: whether versions can be held; ``retention``: for how long each is, where nobody says;
    ``grants``: whom the ACL of the bucket lets in beside its owner; ``mfa-delete``: ``Enabled`` where root alone,
    with its second factor, changes versioning and deletes versions.

    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
    """
    reading = Reading(f"bucket {name}")
    bucket: Any = {"Bucket": name, "ExpectedBucketOwner": account_id}
    reading.ask(
        "s3:GetBucketObjectLockConfiguration",
        ["object-lock", "retention"],
        lambda: _object_lock(s3.get_object_lock_configuration(**bucket)["ObjectLockConfiguration"]),
        unset=["ObjectLockConfigurationNotFoundError"],
    )
    reading.ask("s3:GetBucketAcl", ["grants"], lambda: [_grants(s3.get_bucket_acl(**bucket))])
    reading.ask(
        "s3:GetBucketVersioning", ["mfa-delete"], lambda: [s3.get_bucket_versioning(**bucket).get("MFADelete")]
    )
    return reading.done()


def _object_lock(configuration: Mapping[str, Any]) -> list[Any]:
    retention = configuration.get("Rule", {}).get("DefaultRetention")
    return [configuration.get("ObjectLockEnabled"), dict(retention) if retention else None]


def _grants(answer: Mapping[str, Any]) -> list[str]:
    owner = answer["Owner"].get("ID")
    grantees = ((grant["Grantee"], grant["Permission"]) for grant in answer.get("Grants", ()))
    return sorted(
        f"{grantee.get('URI', '').rsplit('/', 1)[-1] or grantee.get('ID', '')}: {permission}"
        for grantee, permission in grantees
        if grantee.get("ID") != owner
    )

"""The settings of a bucket.

Source of the codes for what is not set: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.live.reading import Live, Reading, tags

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_FIRST_REGIONS = {None: "us-east-1", "EU": "eu-west-1"}
"""How S3 spells the regions that it had before regions had names in its answers."""


def live_bucket(s3: S3Client, name: str, account_id: str) -> Live:
    """The settings of a bucket of this account."""
    reading = Reading(f"bucket {name}")
    bucket: Any = {"Bucket": name, "ExpectedBucketOwner": account_id}
    reading.ask("s3:GetBucketLocation", ["region"], lambda: [region_of(s3.get_bucket_location(**bucket))])
    reading.ask(
        "s3:GetBucketVersioning",
        ["versioning"],
        lambda: [s3.get_bucket_versioning(**bucket).get("Status")],
    )
    reading.ask(
        "s3:GetBucketOwnershipControls",
        ["ownership"],
        lambda: [s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"]["Rules"][0]["ObjectOwnership"]],
        unset=["OwnershipControlsNotFoundError"],
    )
    reading.ask(
        "s3:GetBucketPublicAccessBlock",
        ["public-access"],
        lambda: [dict(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"])],
        unset=["NoSuchPublicAccessBlockConfiguration"],
    )
    reading.ask(
        "s3:GetEncryptionConfiguration",
        ["encryption", "bucket-key", "blocked-encryption"],
        lambda: _encryption(s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]),
        unset=["ServerSideEncryptionConfigurationNotFoundError"],
    )
    reading.ask(
        "s3:GetLifecycleConfiguration",
        ["lifecycle"],
        lambda: [{rule["ID"]: dict(rule) for rule in s3.get_bucket_lifecycle_configuration(**bucket)["Rules"]}],
        unset=["NoSuchLifecycleConfiguration"],
    )
    reading.ask(
        "s3:GetBucketLogging",
        ["logging"],
        lambda: [s3.get_bucket_logging(**bucket).get("LoggingEnabled")],
    )
    reading.ask(
        "s3:GetBucketPolicy",
        ["policy"],
        lambda: [json.loads(s3.get_bucket_policy(**bucket)["Policy"])],
        unset=["NoSuchBucketPolicy"],
    )
    reading.ask(
        "s3:GetBucketTagging",
        ["tags"],
        lambda: [tags(s3.get_bucket_tagging(**bucket)["TagSet"])],  # type: ignore[arg-type]
        unset=["NoSuchTagSet"],
    )
    return reading.done()


def live_replication(s3: S3Client, name: str, account_id: str) -> Live:
    """The replication of a bucket of this account; of its rules what AWS fills in by itself is left out."""
    reading = Reading(f"bucket {name}")
    bucket: Any = {"Bucket": name, "ExpectedBucketOwner": account_id}
    reading.ask(
        "s3:GetReplicationConfiguration",
        ["role", "rules"],
        lambda: _replication(s3.get_bucket_replication(**bucket)["ReplicationConfiguration"]),
        unset=["ReplicationConfigurationNotFoundError"],
    )
    return reading.done()


def region_of(answer: Mapping[str, Any]) -> str:
    """The region that ``GetBucketLocation`` tells, in today's spelling."""
    given = answer.get("LocationConstraint")
    return _FIRST_REGIONS.get(given) or str(given)


def _encryption(rule: Mapping[str, Any]) -> list[Any]:
    return [
        dict(rule["ApplyServerSideEncryptionByDefault"]),
        rule.get("BucketKeyEnabled", False),
        list(rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", ())),
    ]


def _replication(configuration: Mapping[str, Any]) -> list[Any]:
    return [configuration["Role"], {rule["ID"]: _replication_rule(rule) for rule in configuration["Rules"]}]


def _replication_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    destination = dict(rule["Destination"])
    if destination.get("Metrics", {}).get("Status") == "Enabled":
        # The threshold comes with replication time control alone, and counts for nothing without it.
        destination["Metrics"] = {"Status": "Enabled"}
    return {**rule, "Filter": rule.get("Filter") or {"Prefix": rule.get("Prefix", "")}, "Destination": destination}

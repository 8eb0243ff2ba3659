"""The policy of a bucket, read and replaced as a whole, as S3 has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from store.failures import code_of, explained
from store.location import Location

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def read_bucket_policy(s3: S3Client, location: Location) -> dict[str, Any] | None:
    """The policy of a location's bucket; ``None`` where it has none.

    :raises store.failures.NotThereError: where there is no such bucket.
    """
    with explained("s3:GetBucketPolicy", f"bucket {location.bucket}"):
        try:
            read: dict[str, Any] = json.loads(s3.get_bucket_policy(**_named(location))["Policy"])
        except ClientError as error:
            if code_of(error) == "NoSuchBucketPolicy":
                return None
            raise
    return read


def write_bucket_policy(s3: S3Client, location: Location, document: dict[str, Any]) -> None:
    """Put this policy in the place of the one that a location's bucket has; S3 knows no condition for that."""
    with explained("s3:PutBucketPolicy", f"bucket {location.bucket}"):
        s3.put_bucket_policy(**_named(location), Policy=json.dumps(document, separators=(",", ":")))


def _named(location: Location) -> Any:
    named = {"Bucket": location.bucket}
    return {**named, "ExpectedBucketOwner": location.account_id} if location.account_id else named

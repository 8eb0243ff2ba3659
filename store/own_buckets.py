"""The buckets of the account that the credentials belong to, whatever their region.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.failures import explained
from store.live.bucket import region_of
from store.paging import each_page

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PAGE = 1000
"""Buckets to a page. An account with leave for more than 10,000 is answered page by page alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnBucket:
    """A bucket of the account.

    :param region: empty where the list of buckets did not say; :func:`store.own_buckets.located` asks.
    """

    name: str
    region: str


def own_buckets(s3: S3Client) -> Iterator[OwnBucket]:
    """Every bucket of the account, by name.

    :param s3: a client of any region: the list is the account's.
    """
    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": PAGE})
    for page in each_page(pages, "s3:ListAllMyBuckets", "the account's buckets"):
        for bucket in page.get("Buckets", ()):
            yield OwnBucket(name=bucket["Name"], region=bucket.get("BucketRegion", ""))


def located(s3: S3Client, bucket: OwnBucket) -> OwnBucket:
    """The same bucket with its region."""
    if bucket.region:
        return bucket
    with explained("s3:GetBucketLocation", f"bucket {bucket.name}"):
        answer = s3.get_bucket_location(Bucket=bucket.name)
    return OwnBucket(name=bucket.name, region=region_of(answer))


def bucket_region(s3: S3Client, name: str, account_id: str) -> str:
    """The region of a bucket, which must be this account's.

    :raises store.failures.NotThereError: where there is no such bucket.
    :raises store.failures.DeniedError: where it is another account's, or these credentials may not look at it.
    """
    with explained("s3:ListBucket", f"bucket {name}"):
        answer = s3.head_bucket(Bucket=name, ExpectedBucketOwner=account_id)
    told = answer.get("BucketRegion", "")
    return told or located(s3, OwnBucket(name=name, region="")).region

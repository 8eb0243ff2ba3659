"""The policies of a backend as they are live: of the bucket, of the keys and of the lock table.

What may not be read is said, with the action that was missing, and never taken for what is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from store.clients import Clients
from store.failures import DeniedError, code_of, explained
from store.location import Location

Found = TypeVar("Found")

DEFAULT_S3_KEY = "alias/aws/s3"
"""The key that S3 uses where a bucket asks for KMS and names none."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy document.

    :param title: what it is called, in words.
    :param document: its JSON, read.
    """

    title: str
    document: Any


@dataclass(frozen=True, kw_only=True)
class Unread:
    """What could not be read.

    :param action: the IAM action that was missing; empty where it is not for want of one.
    :param why: in words, as AWS puts it.
    """

    action: str
    why: str


@dataclass(frozen=True, kw_only=True)
class BucketEncryption:
    """What a bucket encrypts with where a write asks for nothing.

    :param key: the ARN of the KMS key; ``None`` where S3's own keys encrypt.
    :param bucket_key: whether it has a bucket key.
    """

    key: str | None
    bucket_key: bool


def readable(
    action: str, resource: str, read: Callable[[], Found], *, none: frozenset[str] = frozenset()
) -> Found | Unread | None:
    """What a call reads.

    :param action: the IAM action that it takes.
    :param resource: what it is about, in words for a person.
    :param none: codes with which AWS says that there is none.
    """
    try:
        with explained(action, resource):
            try:
                return read()
            except ClientError as error:
                if code_of(error) in none:
                    return None
                raise
    except DeniedError as denied:
        return Unread(action=action, why=str(denied))


def parsed(document: Any) -> Any:
    """A document as boto3 gives it: read already by some calls, and as text by others."""
    return json.loads(document) if isinstance(document, str) else document


class BackendPolicies:
    """The policies of one backend in its region."""

    def __init__(self, clients: Clients, location: Location) -> None:
        self._location = location
        self._s3: Any = clients.s3(location.region)
        self._dynamodb: Any = clients.dynamodb(location.region)
        self._kms = clients.of("kms", location.region)

    def bucket(self) -> Document | Unread | None:
        """The bucket policy; ``None`` where it has none."""
        found = readable(
            "s3:GetBucketPolicy",
            self._location.bucket,
            lambda: self._s3.get_bucket_policy(**self._bucket)["Policy"],
            none=frozenset({"NoSuchBucketPolicy"}),
        )
        return _document("bucket policy", found)

    def encryption(self) -> BucketEncryption | Unread:
        """What the bucket encrypts with by default."""
        found: Any = readable(
            "s3:GetEncryptionConfiguration",
            self._location.bucket,
            lambda: self._s3.get_bucket_encryption(**self._bucket)["ServerSideEncryptionConfiguration"]["Rules"],
            none=frozenset({"ServerSideEncryptionConfigurationNotFoundError"}),
        )
        if isinstance(found, Unread):
            return found
        rule: dict[str, Any] = next(iter(found or ()), {})
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if not str(default.get("SSEAlgorithm", "")).startswith("aws:kms"):
            return BucketEncryption(key=None, bucket_key=False)
        key = self.key_arn(default.get("KMSMasterKeyID", DEFAULT_S3_KEY))
        return (
            key
            if isinstance(key, Unread)
            else BucketEncryption(key=key, bucket_key=rule.get("BucketKeyEnabled", False))
        )

    def key_arn(self, key: str) -> str | Unread:
        """The ARN of a key that is named by ARN, id or alias."""
        if ":key/" in key:
            return key
        found: Any = readable(
            "kms:DescribeKey", f"key {key}", lambda: self._kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
        )
        return found if isinstance(found, Unread) else str(found)

    def key(self, arn: str) -> Document | Unread | None:
        """The policy of a key."""
        found = readable(
            "kms:GetKeyPolicy",
            f"key {arn}",
            lambda: self._kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"],
        )
        return _document("key policy", found)

    def table(self, arn: str) -> Document | Unread | None:
        """The resource policy of the lock table; ``None`` where it has none."""
        found = readable(
            "dynamodb:GetResourcePolicy",
            f"table {arn}",
            lambda: self._dynamodb.get_resource_policy(ResourceArn=arn)["Policy"],
            none=frozenset({"PolicyNotFoundException"}),
        )
        return _document("lock table's policy", found)

    def table_key(self, name: str) -> str | Unread | None:
        """The ARN of the key that the lock table is under; ``None`` where it is DynamoDB's own."""
        found: Any = readable(
            "dynamodb:DescribeTable",
            f"table {name}",
            lambda: self._dynamodb.describe_table(TableName=name)["Table"].get("SSEDescription", {}),
        )
        return found if isinstance(found, Unread) else found.get("KMSMasterKeyArn")

    @property
    def _bucket(self) -> dict[str, str]:
        owner = {"ExpectedBucketOwner": self._location.account_id} if self._location.account_id else {}
        return {"Bucket": self._location.bucket, **owner}


def _document(title: str, found: Any) -> Document | Unread | None:
    if found is None or isinstance(found, Unread):
        return found
    return Document(title=title, document=parsed(found))

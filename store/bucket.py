"""The state bucket: what is in it, each version of it, and writes that replace only what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from store.failures import (
    BROKEN_OFF,
    UNNAMED,
    ChangedMeanwhileError,
    NotThereError,
    StoreFailureError,
    UnavailableError,
    explained,
)
from store.location import Location
from store.paging import each_page

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

READ_ATTEMPTS = 4
"""How often a body is asked for whose connection breaks off; boto3 repeats only what has not begun to arrive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """An object as a listing tells of it.

    :param size: bytes.
    :param modified: when it was written.
    :param storage_class: ``STANDARD`` and so on.
    """

    key: str
    size: int
    modified: datetime
    etag: str
    storage_class: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredVersion:
    """A version of an object as a listing tells of it.

    :param version_id: ``null`` for what was written before versioning.
    :param latest: whether it is the current version.
    :param deleted: whether it is a delete marker, which has no size and no content.
    """

    key: str
    version_id: str
    modified: datetime
    latest: bool
    deleted: bool
    size: int
    etag: str
    storage_class: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """An object, or one version of it, with what is in it.

    :param version_id: ``null`` in a bucket without versioning.
    :param replication: ``COMPLETED``, ``PENDING``, ``FAILED``, ``REPLICA``, or ``None`` where no rule ever saw it.
    """

    key: str
    body: bytes
    etag: str
    version_id: str
    modified: datetime
    replication: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What S3 said of a write."""

    etag: str
    version_id: str


class Bucket:
    """The bucket of one location."""

    def __init__(self, s3: S3Client, location: Location) -> None:
        self.location = location
        self._s3 = s3
        self._bucket: Any = {"Bucket": location.bucket}
        if location.account_id:
            # Somebody else's bucket of that name is then refused by S3 itself.
            self._bucket["ExpectedBucketOwner"] = location.account_id

    def objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """Every current object whose key starts with ``prefix``, in the order of keys, a page at a time."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(**self._bucket, Prefix=prefix)
        for page in each_page(pages, "s3:ListBucket", self._name):
            for item in page.get("Contents", ()):
                yield StoredObject(
                    key=item["Key"],
                    size=item["Size"],
                    modified=item["LastModified"],
                    etag=item["ETag"],
                    storage_class=item.get("StorageClass", "STANDARD"),
                )

    def versions(self, prefix: str = "") -> Iterator[StoredVersion]:
        """Every version and delete marker whose key starts with ``prefix``, by key, within a key newest first."""
        pages = self._s3.get_paginator("list_object_versions").paginate(**self._bucket, Prefix=prefix)
        for page in each_page(pages, "s3:ListBucketVersions", self._name):
            yield from sorted(
                [*map(_version, page.get("Versions", ())), *map(_marker, page.get("DeleteMarkers", ()))],
                key=lambda version: (version.key.encode(), -version.modified.timestamp(), not version.latest),
            )

    def versions_of(self, key: str) -> Iterator[StoredVersion]:
        """Every version and delete marker of this very key, newest first."""
        for version in self.versions(key):
            if version.key != key:
                # Other keys that start so, such as the lockfile's, come behind.
                return
            yield version

    def read(self, key: str, version_id: str | None = None) -> Content:
        """An object, or one version of it.

        :raises store.failures.NotThereError: where there is none, or a delete marker.
        """
        action = "s3:GetObjectVersion" if version_id else "s3:GetObject"
        chosen: Any = {"VersionId": version_id} if version_id else {}
        for attempt in range(1, READ_ATTEMPTS + 1):
            begun = False
            with explained(action, self._named(key)):
                try:
                    answer = self._s3.get_object(**self._bucket, Key=key, **chosen)
                    begun = True
                    body = answer["Body"].read()
                except BROKEN_OFF as error:
                    # What boto3 knows how to name before an answer begins, it has repeated itself.
                    if attempt < READ_ATTEMPTS and (begun or isinstance(error, UNNAMED)):
                        continue
                    raise
            return Content(
                key=key,
                body=body,
                etag=answer["ETag"],
                version_id=answer.get("VersionId", "null"),
                modified=answer["LastModified"],
                replication=answer.get("ReplicationStatus"),
            )
        raise AssertionError("the last attempt returns or raises")

    def find(self, key: str) -> Content | None:
        """An object; ``None`` where there is none, or a delete marker."""
        try:
            return self.read(key)
        except NotThereError:
            return None

    def ever_held(self, key: str, size: int, is_it: Callable[[bytes], bool]) -> bool:
        """Whether any version of an object is the content that is asked about.

        :param size: of that content in bytes: only versions of this size are read.
        :param is_it: whether these bytes are it.
        """
        alike = (one for one in self.versions_of(key) if not one.deleted and one.size == size)
        return any(is_it(self.read(key, one.version_id).body) for one in alike)

    def write(self, key: str, body: bytes, *, replacing: str | None) -> Written:
        """Write an object, encrypted as Terraform does, and only in the place of what was there.

        :param replacing: the ETag of what it replaces; ``None`` where there must be nothing.
        :raises store.failures.ChangedMeanwhileError: where something else is there.
        """
        condition: Any = {"IfMatch": replacing} if replacing else {"IfNoneMatch": "*"}
        if self.location.kms_key_arn:
            condition |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.location.kms_key_arn}
        try:
            with explained("s3:PutObject", self._named(key)):
                answer = self._s3.put_object(
                    **self._bucket, Key=key, Body=body, ContentType="application/json", **condition
                )
        except (ChangedMeanwhileError, UnavailableError):
            # A connection can break after S3 did it; boto3 then asks again and meets our own write.
            there = self._look(key)
            if there is None or there.body != body:
                raise
            return Written(etag=there.etag, version_id=there.version_id)
        return Written(etag=answer["ETag"], version_id=answer.get("VersionId", "null"))

    def delete(self, key: str, *, etag: str) -> None:
        """Put a delete marker in the place of what has this ETag, and of nothing else. Gone already is fine.

        :raises store.failures.ChangedMeanwhileError: where something else is there.
        """
        try:
            with explained("s3:DeleteObject", self._named(key)):
                self._s3.delete_object(**self._bucket, Key=key, IfMatch=etag)
        except NotThereError:
            return
        except (ChangedMeanwhileError, UnavailableError):
            try:
                self.read(key)
            except NotThereError:
                return
            except StoreFailureError:
                pass
            raise

    def _look(self, key: str) -> Content | None:
        try:
            return self.read(key)
        except StoreFailureError:
            return None

    @property
    def _name(self) -> str:
        return f"bucket {self.location.bucket}"

    def _named(self, key: str) -> str:
        return f"{self.location.bucket}/{key}"


def _version(item: Mapping[str, Any]) -> StoredVersion:
    return StoredVersion(
        key=item["Key"],
        version_id=item["VersionId"],
        modified=item["LastModified"],
        latest=item["IsLatest"],
        deleted=False,
        size=item["Size"],
        etag=item["ETag"],
        storage_class=item.get("StorageClass", "STANDARD"),
    )


def _marker(item: Mapping[str, Any]) -> StoredVersion:
    return StoredVersion(
        key=item["Key"],
        version_id=item["VersionId"],
        modified=item["LastModified"],
        latest=item["IsLatest"],
        deleted=True,
        size=0,
        etag="",
        storage_class="",
    )

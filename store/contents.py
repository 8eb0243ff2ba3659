"""What lies in a bucket, as far as the first pages of its listing tell: states, lockfiles and other things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from statefile.keys import STATE_SUFFIX, state_of_lockfile
from store.failures import StoreFailureError, explained

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PAGE = 1000
"""Keys to a page, the most that S3 gives."""
GUESSES, LOOKS = 3, 50
"""How many objects of other names are looked into for a state, since Terraform takes any key; where one is one,
as many more."""
HEAD = 512
"""Bytes of an object that are looked into: a state begins with its version, serial and lineage."""
_MARKS = (b'"version"', b'"serial"', b'"lineage"')
_NOT_STATES = (".gz", ".zip", ".log", ".tflock", ".png", ".jpg", ".parquet", ".csv", "/")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What lies in a bucket.

    :param states: the keys of states, by their names, or by what is in them where no name says so.
    :param lockfiles: the keys of the lockfiles that are there now.
    :param others: the keys of all else.
    :param whole: whether the bucket was listed to its end.
    """

    states: tuple[str, ...]
    lockfiles: tuple[str, ...]
    others: tuple[str, ...]
    whole: bool

    @property
    def folders(self) -> tuple[str, ...]:
        """Where the other things are: the first parts of their keys, or the keys of what lies in no folder."""
        firsts = (f"{key.split('/', 1)[0]}/" if "/" in key else key for key in self.others)
        return tuple(dict.fromkeys(firsts))


def contents(s3: S3Client, bucket: str, account_id: str, *, pages: int = 1) -> Contents:
    """What lies in a bucket of this account.

    :param pages: how many pages of the listing are read at most.
    """
    named: Any = {"Bucket": bucket, "ExpectedBucketOwner": account_id}
    listed, whole = _listed(s3, named, pages)
    states = [key for key in listed if key.endswith(STATE_SUFFIX)]
    lockfiles = [key for key in listed if state_of_lockfile(key) is not None]
    rest = [key for key in listed if key not in {*states, *lockfiles}]
    locked = {state_of_lockfile(key) for key in lockfiles}
    by_content = [key for key in rest if key in locked]
    if not states and not lockfiles:
        possible = [key for key in rest if not key.endswith(_NOT_STATES)]
        by_content = [key for key in possible[:GUESSES] if _begins_like_a_state(s3, named, key)]
        if by_content:
            more = possible[GUESSES : GUESSES + LOOKS]
            by_content += [key for key in more if _begins_like_a_state(s3, named, key)]
    states += by_content
    others = [key for key in rest if key not in set(by_content)]
    return Contents(states=tuple(sorted(states)), lockfiles=tuple(lockfiles), others=tuple(others), whole=whole)


def _listed(s3: S3Client, named: Any, pages: int) -> tuple[list[str], bool]:
    keys: list[str] = []
    more: Any = {}
    for _ in range(pages):
        with explained("s3:ListBucket", f"bucket {named['Bucket']}"):
            page = s3.list_objects_v2(**named, MaxKeys=PAGE, **more)
        keys += [item["Key"] for item in page.get("Contents", ())]
        if not page.get("IsTruncated"):
            return keys, True
        more = {"ContinuationToken": page["NextContinuationToken"]}
    return keys, False


def _begins_like_a_state(s3: S3Client, named: Any, key: str) -> bool:
    try:
        with explained("s3:GetObject", f"{named['Bucket']}/{key}"):
            try:
                head = s3.get_object(**named, Key=key, Range=f"bytes=0-{HEAD - 1}")["Body"].read()
            except ClientError as error:
                # An empty object has no such range.
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 416:
                    return False
                raise
    except StoreFailureError:
        # Whether it is one, nobody can say; it is no reason to leave the bucket out of sight.
        return False
    return head.lstrip().startswith(b"{") and all(mark in head for mark in _MARKS)

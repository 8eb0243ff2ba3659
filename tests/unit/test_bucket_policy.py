"""The policy of a bucket as S3 answers for it."""

import boto3
import pytest
from botocore.stub import Stubber

from settings.model import Lock
from store.bucket_policy import read_bucket_policy
from store.failures import NotThereError
from store.location import Location

HERE = Location(bucket="b", region="eu-central-1", lock=Lock.LOCKFILE)


def read_where_s3_answers(code: str) -> object:
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")
    s3 = session.client("s3", region_name=HERE.region)
    with Stubber(s3) as stubbed:
        stubbed.add_client_error("get_bucket_policy", code, http_status_code=404)
        return read_bucket_policy(s3, HERE)


def test_a_bucket_without_a_policy_is_told_from_no_bucket() -> None:
    assert read_where_s3_answers("NoSuchBucketPolicy") is None
    with pytest.raises(NotThereError):
        read_where_s3_answers("NoSuchBucket")

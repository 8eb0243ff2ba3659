"""What the bucket refuses even to the writer of a state, whatever tool writes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.access.stack import Stack
from tests.integration.deployment import client

KEY = "prod/queue/terraform.tfstate"
FOREIGN_KEY = "arn:aws:kms:eu-central-1:999999999911:key/00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def s3(any_stack: Stack) -> Any:
    writer = any_stack.entry("writer")
    become = writer.become["assume_role"]
    emulator = any_stack.deployment.emulator
    session = client(emulator, "sts", "eu-central-1", dict(writer.credentials)).assume_role(
        RoleArn=become["role_arn"], ExternalId=become["external_id"], RoleSessionName="tests"
    )["Credentials"]
    credentials = {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    return client(emulator, "s3", "eu-central-1", credentials)


def is_refused(s3: Any, stack: Stack, key: str, **headers: str) -> bool:
    try:
        s3.put_object(Bucket=stack.outputs["state_bucket_name"], Key=key, Body=b"{}", **headers)
    except ClientError as error:
        assert "explicit deny in a resource-based policy" in error.response["Error"]["Message"]
        return True
    return False


def test_a_state_is_written_under_the_buckets_key_and_no_other(any_stack: Stack, s3: Any) -> None:
    own = any_stack.outputs["kms_key_arn"]
    assert not is_refused(s3, any_stack, KEY, ServerSideEncryption="aws:kms", SSEKMSKeyId=own)
    assert not is_refused(s3, any_stack, KEY)
    assert is_refused(s3, any_stack, KEY, ServerSideEncryption="aws:kms", SSEKMSKeyId=FOREIGN_KEY)
    assert is_refused(s3, any_stack, KEY, ServerSideEncryption="aws:kms")
    assert is_refused(s3, any_stack, KEY, ServerSideEncryption="AES256")
    assert is_refused(s3, any_stack, KEY, SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)


def test_a_lockfile_is_taken_and_never_overwritten(any_stack: Stack, s3: Any) -> None:
    lockfile = f"{KEY}.tflock"
    assert is_refused(s3, any_stack, lockfile)
    assert not is_refused(s3, any_stack, lockfile, IfNoneMatch="*")
    assert is_refused(s3, any_stack, lockfile)
    s3.delete_object(Bucket=any_stack.outputs["state_bucket_name"], Key=lockfile)

"""How AWS sees the calls that Terraform and others make: actions, resources and condition keys.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, and the same for
DynamoDB, KMS and STS.
"""

from blueprint.request_keys import one_item, through_dynamodb, through_s3, under_key
from settings.state_keys import state_key
from tests.proof.account import Region
from tests.proof.request import Caller, Context, Kind, Request


def call(caller: Caller, action: str, resource: str, context: Context | None = None) -> Request:
    """Any call, over TLS unless the context says otherwise."""
    always = {
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true" if caller.kind is Kind.SERVICE else "false",
    }
    return Request(
        caller=caller, action=action, resource=resource, context={**always, **caller.context, **(context or {})}
    )


def object_arn(bucket: str, state: str, *, suffix: str = "", workspace: str | None = None) -> str:
    """The ARN of a state, or of its lockfile."""
    folder = f"env:/{workspace}/" if workspace else ""
    return f"{bucket}/{folder}{state_key(state)}{suffix}"


def listing(caller: Caller, bucket: str, prefix: str | None, action: str = "s3:ListBucket") -> Request:
    """A listing of a folder, or without prefix."""
    return call(caller, action, bucket, {} if prefix is None else {"s3:prefix": prefix})


def get(caller: Caller, region: Region, arn: str) -> list[Request]:
    """An object is read, and S3 decrypts it in the caller's name."""
    return [call(caller, "s3:GetObject", arn), key_through_s3(caller, "kms:Decrypt", region)]


def put(caller: Caller, region: Region, arn: str, context: Context | None = None) -> list[Request]:
    """An object is written as the generated backend files say, and S3 has a data key made in the caller's name."""
    return [
        call(caller, "s3:PutObject", arn, {**under_key(region.key), **(context or {})}),
        key_through_s3(caller, "kms:GenerateDataKey", region),
    ]


def key_through_s3(
    caller: Caller, action: str, region: Region, *, key: str | None = None, bucket: str | None = None
) -> Request:
    """S3 uses a key for a bucket that has a bucket key, whose encryption context is the bucket's ARN."""
    return call(caller, action, key or region.key, through_s3(region.code, bucket or region.bucket))


def key_through_dynamodb(
    caller: Caller, action: str, region: Region, account: str, *, key: str | None = None, table: str | None = None
) -> Request:
    """DynamoDB uses a key for a table, whose account is in the encryption context."""
    context = through_dynamodb(region.code, table or region.table_name, account)
    return call(caller, action, key or region.key, context)


def item(
    caller: Caller, verb: str, region: Region, account: str, state: str, *, suffix: str = ""
) -> list[Request]:
    """One item of the lock table: a lock, or with the suffix ``-md5`` a digest."""
    return named_item(caller, verb, region, account, f"{region.bucket_name}/{state_key(state)}{suffix}")


def named_item(caller: Caller, verb: str, region: Region, account: str, name: str) -> list[Request]:
    """The item of this ``LockID``."""
    return [
        call(caller, f"dynamodb:{verb}Item", region.table, one_item(name)),
        key_through_dynamodb(caller, "kms:Decrypt", region, account),
    ]

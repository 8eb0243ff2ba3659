"""The condition keys that Terraform's requests bring, as IAM sees them.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html and the same for
DynamoDB and KMS; https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html for the encryption context.
"""

from collections.abc import Mapping

from blueprint.names import service_host

Keys = Mapping[str, str | tuple[str, ...]]
"""Condition keys and their values; a tuple where a key has several."""

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"
ONCE: Keys = {"s3:if-none-match": "*"}
"""Only if there is no such object: how Terraform takes a lockfile."""


def under_key(key: str) -> Keys:
    """What a write asks for that names its KMS key."""
    return {ALGORITHM: "aws:kms", KEY_ID: key}


def asked_by(arguments: Mapping[str, object]) -> Keys | None:
    """What a write asks for whose backend has these arguments.

    :return: ``None`` where that cannot be said: a key that is named otherwise than by its ARN is S3's to look up.
    """
    acl = {"s3:x-amz-acl": str(arguments["acl"])} if arguments.get("acl") else {}
    if arguments.get("encrypt") is not True:
        return acl
    if arguments.get("kms_key_id"):
        key = str(arguments["kms_key_id"])
        return {**acl, **under_key(key)} if ":key/" in key else None
    algorithm = CUSTOMER_ALGORITHM if arguments.get("sse_customer_key") else ALGORITHM
    return {**acl, algorithm: "AES256"}


def through_s3(region: str, encrypted: str) -> Keys:
    """S3 uses a key in the caller's name.

    :param encrypted: the encryption context: the ARN of the bucket where it has a bucket key, else of the object.
    """
    return {"kms:ViaService": service_host("s3", region), "kms:EncryptionContext:aws:s3:arn": encrypted}


def through_dynamodb(region: str, table: str, account: str) -> Keys:
    """DynamoDB uses a key in the caller's name, for a table whose name and account are the encryption context."""
    return {
        "kms:ViaService": service_host("dynamodb", region),
        "kms:EncryptionContext:aws:dynamodb:tableName": table,
        "kms:EncryptionContext:aws:dynamodb:subscriberId": account,
    }


def one_item(item: str) -> Keys:
    """A request for one item of the lock table."""
    return {"dynamodb:LeadingKeys": (item,)}

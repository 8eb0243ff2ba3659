"""What the state buckets and the log buckets refuse, whoever asks.

All of it but log delivery is Deny: who may do something is decided by IAM.
"""

from collections.abc import Sequence

from blueprint.guard import Guard, log_bucket_guard, state_bucket_guard
from blueprint.policy_document import Condition, PolicyDocument, Statement, policy
from settings.model import Encryption, Lock
from statefile.keys import lockfile_key

_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_SSE_C = "s3:x-amz-server-side-encryption-customer-algorithm"


def state_bucket_policy(
    bucket_arn: str, *, encryption: Encryption, key_arn: str | None, lock: Lock, who: Guard | None = None
) -> PolicyDocument:
    """The policy of a state bucket, first region and replica alike.

    A write without encryption headers stays allowed, since the bucket's default encrypts it: clients that lean
    on the default, Pulumi's own S3 backend among them, would break otherwise.

    :param key_arn: the ARN of the region's key; ``None`` with AES256.
    :param who: who belongs; ``None`` leaves that to IAM alone.
    """
    statements = [deny_insecure_transport(bucket_arn), deny_sse_c(bucket_arn)]
    algorithm = "AES256"
    if encryption is Encryption.KMS:
        if key_arn is None:
            raise ValueError("encryption by a customer key needs the key's ARN")
        algorithm = "aws:kms"
        statements += [_deny_foreign_key(bucket_arn, key_arn), _deny_unnamed_key(bucket_arn)]
    statements.append(_deny_other_encryption(bucket_arn, algorithm))
    if lock.uses_lockfile:
        statements.append(_deny_lockfile_overwrite(bucket_arn))
    if who is not None:
        statements += state_bucket_guard(bucket_arn, who)
    return policy(*statements)


def log_bucket_policy(
    log_bucket_arn: str, *, source_bucket_arns: Sequence[str], account: str, who: Guard | None = None
) -> PolicyDocument:
    """The policy of a log bucket: S3 may deliver the logs of these buckets beside it.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return policy(
        deny_insecure_transport(log_bucket_arn),
        deny_sse_c(log_bucket_arn),
        {
            "Sid": "AllowLogDelivery",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{log_bucket_arn}/*",
            "Condition": {
                "ArnEquals": {"aws:SourceArn": list(source_bucket_arns)},
                "StringEquals": {"aws:SourceAccount": account},
            },
        },
        *(log_bucket_guard(log_bucket_arn, who) if who is not None else ()),
    )


def deny_insecure_transport(bucket_arn: str) -> Statement:
    """Nothing over plain HTTP; ``Bool`` and not ``BoolIfExists``, which scanners do not recognise."""
    return {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def deny_sse_c(bucket_arn: str) -> Statement:
    """No key of the client's own, which is how ransomware works: copy each object onto itself under one."""
    return _deny_put("DenyCustomerProvidedKey", f"{bucket_arn}/*", {"Null": {_SSE_C: "false"}})


def _deny_foreign_key(bucket_arn: str, key_arn: str) -> Statement:
    # StringNotEquals also holds where the key is absent, hence Null beside it.
    foreign: Condition = {"StringNotEquals": {_KEY_ID: key_arn}, "Null": {_KEY_ID: "false"}}
    return _deny_put("DenyForeignKey", f"{bucket_arn}/*", foreign)


def _deny_unnamed_key(bucket_arn: str) -> Statement:
    # aws:kms without a key id means the account's aws/s3 key to S3, not the bucket's default key.
    unnamed: Condition = {"StringEquals": {_ALGORITHM: "aws:kms"}, "Null": {_KEY_ID: "true"}}
    return _deny_put("DenyUnnamedKey", f"{bucket_arn}/*", unnamed)


def _deny_other_encryption(bucket_arn: str, algorithm: str) -> Statement:
    other: Condition = {"StringNotEquals": {_ALGORITHM: algorithm}, "Null": {_ALGORITHM: "false"}}
    return _deny_put("DenyOtherEncryption", f"{bucket_arn}/*", other)


def _deny_lockfile_overwrite(bucket_arn: str) -> Statement:
    lockfiles = f"{bucket_arn}/{lockfile_key('*')}"
    return _deny_put("DenyLockfileOverwrite", lockfiles, {"Null": {"s3:if-none-match": "true"}})


def _deny_put(sid: str, resource: str, condition: Condition) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": resource,
        "Condition": condition,
    }

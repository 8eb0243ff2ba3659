"""Who may do what with a region's key.

The account root as principal hands the decision to IAM, which is what keeps administrators from locking
themselves out. Cryptographic use is split from administration and bound to S3 and DynamoDB, so that nobody
decrypts by hand, whatever IAM grants; Pulumi's own secrets alone are, where the stack keeps them under its key.
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from blueprint.guard import Guard, key_guard, pulumi_secrets
from blueprint.names import account_root_arn, service_host
from blueprint.policy_document import PolicyDocument, Statement, policy

_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
_USE = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def administration(account_root: str, who: Guard | None) -> list[Statement]:
    """The statements on who administers a key and who may destroy it.

    :param who: who belongs; ``None`` leaves that to IAM alone.
    """
    allow: Statement = {
        "Sid": "AdministerThroughIam",
        "Effect": "Allow",
        "Principal": {"AWS": account_root},
        "Action": _ADMINISTRATION,
        "Resource": "*",
    }
    return [allow, *(key_guard(account_root, who) if who is not None else ())]


def state_key_policy(*, account: str, region: str, who: Guard | None = None) -> PolicyDocument:
    """The policy of one region's key.

    :param who: who belongs; ``None`` leaves that to IAM alone.
    """
    root = {"AWS": account_root_arn(account, region)}
    s3, dynamodb = service_host("s3", region), service_host("dynamodb", region)
    return policy(
        *administration(account_root_arn(account, region), who),
        {
            "Sid": "UseThroughS3AndDynamoDB",
            "Effect": "Allow",
            "Principal": root,
            "Action": _USE,
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": [s3, dynamodb]}},
        },
        {
            # DynamoDB keeps a grant of its own to the key of a table.
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
            "Sid": "GrantToTheLockTable",
            "Effect": "Allow",
            "Principal": root,
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:ViaService": dynamodb},
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        },
        *(pulumi_secrets(account_root_arn(account, region), who) if who is not None else ()),
    )

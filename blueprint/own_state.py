"""Pulumi's own state of the stack, where the stack keeps it in the very bucket that it makes.

It names all that the stack is made of, so that administrators alone reach it: a policy for them says what they
need, and the bucket refuses it to everyone else, operators and access entries among them.

Sources: https://www.pulumi.com/docs/iac/concepts/state-and-backends/ and
https://www.pulumi.com/docs/iac/concepts/secrets/ for the URLs; https://gocloud.dev/howto/secrets/ for
``context_``.
"""

from collections.abc import Mapping, Sequence

from blueprint.backend import Backend, RegionalBackend
from blueprint.names import service_host
from blueprint.policy_document import PolicyDocument, Statement, policy
from settings.own_state import KEY_PURPOSE, OWN_STATE_PREFIX, PURPOSE

_FOLDER = OWN_STATE_PREFIX.removesuffix("/")


def own_state_url(bucket: str, region: str, extra: Mapping[str, str] | None = None) -> str:
    """What ``PULUMI_BACKEND_URL`` has to be.

    :param extra: further parameters, for an S3 that is not at its usual address.
    """
    parameters = {"region": region, **(extra or {})}
    return f"s3://{bucket}/{_FOLDER}?{'&'.join(f'{name}={value}' for name, value in parameters.items())}"


def own_state_key(project: str, stack: str) -> str:
    """The key of the object that holds the stack's state."""
    return f"{OWN_STATE_PREFIX}.pulumi/stacks/{project}/{stack}.json"


def own_state_locks(project: str, stack: str) -> str:
    """What the keys of Pulumi's own locks on the stack begin with."""
    return f"{OWN_STATE_PREFIX}.pulumi/locks/organization/{project}/{stack}/"


def secrets_provider(key_arn: str, region: str) -> str:
    """Pulumi's secrets under the stack's key.

    By the key's ARN: an alias could come to lead to a key that does not decrypt what this one encrypted. The
    encryption context lets the key's policy tell this use from every other.
    """
    return f"awskms:///{key_arn}?region={region}&context_{PURPOSE}={KEY_PURPOSE}"


def own_state_policy(plan: Backend, *, state_keys: Sequence[str]) -> PolicyDocument:
    """What administrators need on Pulumi's own state, in both regions, and no more.

    Pulumi deletes its locks, and the state itself with ``pulumi stack rm``; the versions stay.

    :param state_keys: the ARNs of the regions' keys; none with AES256.
    """
    regions = [region for region in (plan.primary, plan.replica) if region is not None]
    buckets = [region.bucket.arn for region in regions]
    statements: list[Statement] = [
        {
            "Sid": "ListPulumiState",
            "Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:ListBucketVersions"],
            "Resource": buckets,
            "Condition": {"StringLike": {"s3:prefix": [_FOLDER, f"{OWN_STATE_PREFIX}*"]}},
        },
        {
            "Sid": "KeepPulumiState",
            "Effect": "Allow",
            "Action": ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            "Resource": [f"{bucket}/{OWN_STATE_PREFIX}*" for bucket in buckets],
        },
    ]
    if state_keys:
        statements += _keys(regions, state_keys)
    return policy(*statements)


def _keys(regions: Sequence[RegionalBackend], state_keys: Sequence[str]) -> list[Statement]:
    """Use of the keys through S3 for the state buckets, and by Pulumi itself for its secrets."""
    buckets = [region.bucket.arn for region in regions]
    return [
        {
            "Sid": "UseKeysThroughS3",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": list(state_keys),
            "Condition": {
                "StringEquals": {"kms:ViaService": [service_host("s3", region.region) for region in regions]},
                # The bucket's ARN with a bucket key, the object's for what was written before there was one.
                "StringLike": {
                    "kms:EncryptionContext:aws:s3:arn": [
                        arn for bucket in buckets for arn in (bucket, f"{bucket}/{OWN_STATE_PREFIX}*")
                    ]
                },
            },
        },
        {
            "Sid": "UseKeyForPulumiSecrets",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:Encrypt"],
            "Resource": state_keys[0],
            "Condition": {"StringEquals": {f"kms:EncryptionContext:{PURPOSE}": KEY_PURPOSE}},
        },
    ]

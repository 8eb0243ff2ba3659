"""What bucket and key policies refuse once a stack says who its administrators are.

``NotPrincipal`` is never used (tools misjudge it): every exception is ``ArnNotLike`` on ``aws:PrincipalArn``,
which for an assumed role is the role's own ARN.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from blueprint.names import access_role_pattern, replication_role_arn
from blueprint.policy_document import Condition, Statement
from settings.arns import account_in
from settings.model import Settings

_DATA = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject*",
    "s3:Replicate*",
    "s3:RestoreObject",
    "s3:UpdateObjectEncryption",
)
_BUCKET_SETTINGS = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
)
_BUCKET_DESTRUCTION = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteObjectVersion",
    # Puts what is there under another key, in place, and no condition key says which.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
    "s3:UpdateObjectEncryption",
)
_KEY_SETTINGS = ("kms:DisableKeyRotation", "kms:PutKeyPolicy")
_KEY_DESTRUCTION = ("kms:DisableKey", "kms:ScheduleKeyDeletion")


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Who belongs.

    :param members: ARNs, and one pattern for the roles made here, that may touch what the buckets hold.
    :param administrators: ARNs that may change settings; they belong as well.
    :param break_glass: ARNs that alone may delete versions, buckets and keys; none where the stack names none,
        and then nothing of this is refused, since no one could ever do it.
    :param mfa_max_age_seconds: how long ago they may have used their second factor.
    """

    members: tuple[str, ...]
    administrators: tuple[str, ...]
    break_glass: tuple[str, ...]
    mfa_max_age_seconds: int


def guard(settings: Settings) -> Guard | None:
    """The guard of a stack; ``None`` where it names no administrators and so shuts nobody out."""
    if not settings.administrators:
        return None
    direct = [
        arn for entry in settings.access for arn in entry.principals if account_in(arn) == settings.account_id
    ]
    break_glass = settings.break_glass.principals if settings.break_glass else ()
    members = dict.fromkeys([*direct, *settings.administrators, *break_glass])
    if settings.access or settings.access_by_tag:
        members[access_role_pattern(settings)] = None
    if settings.replica_region is not None:
        members[replication_role_arn(settings.name_prefix, settings.account_id, settings.region)] = None
    return Guard(
        members=tuple(members),
        administrators=settings.administrators,
        break_glass=break_glass,
        mfa_max_age_seconds=settings.break_glass.mfa_max_age_minutes * 60 if settings.break_glass else 0,
    )


def state_bucket_guard(bucket_arn: str, who: Guard) -> list[Statement]:
    """The statements for a state bucket: only members touch what it holds, and all of a log bucket's."""
    strangers: Statement = {
        "Sid": "DenyStrangers",
        "Effect": "Deny",
        "Principal": "*",
        "Action": _DATA,
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        # Reading settings stays open to scanners, and services that act as themselves have no ARN.
        "Condition": {**_unless(who.members), "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
    }
    return [strangers, *log_bucket_guard(bucket_arn, who)]


def log_bucket_guard(bucket_arn: str, who: Guard) -> list[Statement]:
    """The statements for any bucket here: who changes its settings, and who deletes for good."""
    resources = [bucket_arn, f"{bucket_arn}/*"]
    return [
        _deny("DenySettingsChange", "*", _BUCKET_SETTINGS, bucket_arn, _unless_trusted(who)),
        *_destruction(who, "*", _BUCKET_DESTRUCTION, resources),
    ]


def key_guard(account_root: str, who: Guard) -> list[Statement]:
    """The statements for a key: who changes its policy, and who disables or deletes it."""
    principal = {"AWS": account_root}
    return [
        _deny("DenySettingsChange", principal, _KEY_SETTINGS, "*", _unless_trusted(who)),
        *_destruction(who, principal, _KEY_DESTRUCTION, "*"),
    ]


def _destruction(
    who: Guard, principal: dict[str, str] | str, actions: Sequence[str], resource: str | list[str]
) -> list[Statement]:
    if not who.break_glass:
        return []
    # Conditions of one statement hold together, so each exception that must fail alone is its own statement.
    without_mfa: Condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    old_mfa: Condition = {"NumericGreaterThan": {"aws:MultiFactorAuthAge": str(who.mfa_max_age_seconds)}}
    return [
        _deny("DenyDestruction", principal, actions, resource, _unless(who.break_glass)),
        _deny("DenyDestructionWithoutMfa", principal, actions, resource, without_mfa),
        _deny("DenyDestructionOnOldMfa", principal, actions, resource, old_mfa),
    ]


def _unless(arns: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    return {"ArnNotLike": {"aws:PrincipalArn": list(arns)}}


def _unless_trusted(who: Guard) -> Condition:
    return _unless(list(dict.fromkeys([*who.administrators, *who.break_glass])))


def _deny(
    sid: str,
    principal: dict[str, str] | str,
    actions: Sequence[str],
    resource: str | list[str],
    condition: Condition,
) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*" if isinstance(principal, str) else principal,
        "Action": actions,
        "Resource": resource,
        "Condition": condition,
    }

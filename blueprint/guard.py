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
from settings.model import Settings, Ways
from settings.own_state import KEY_PURPOSE, OWN_STATE_PREFIX, PURPOSE

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
_OWN_STATE = ("s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*", "s3:Replicate*", "s3:RestoreObject")
_LOG_WRITES = ("s3:DeleteObject", "s3:PutObject", "s3:Replicate*")
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

    :param members: ARNs, operators' among them, and one pattern for the roles made here, that may touch what the
        buckets hold.
    :param administrators: ARNs that may change settings; they belong as well.
    :param break_glass: ARNs that alone may delete versions, buckets and keys; none where the stack names none,
        and then nothing of this is refused, since no one could ever do it.
    :param mfa_max_age_seconds: how long ago they may have used their second factor.
    :param pulumi_state: ARNs that alone may touch Pulumi's own state; none where the buckets do not keep it.
    """

    members: tuple[str, ...]
    administrators: tuple[str, ...]
    break_glass: tuple[str, ...]
    mfa_max_age_seconds: int
    pulumi_state: tuple[str, ...] = ()


def guard(settings: Settings) -> Guard | None:
    """The guard of a stack; ``None`` where it names no administrators and so shuts nobody out."""
    if not settings.administrators:
        return None
    direct = [
        arn for entry in settings.access for arn in entry.principals if account_in(arn) == settings.account_id
    ]
    break_glass = settings.break_glass.principals if settings.break_glass else ()
    operators = settings.operators
    looking_after = (*operators.readers, *operators.writers) if operators else ()
    members = dict.fromkeys([*direct, *looking_after, *settings.administrators, *break_glass])
    if settings.access or settings.access_by_tag:
        members[access_role_pattern(settings)] = None
    replicating: list[str] = []
    if settings.replica_region is not None:
        sources = [settings.region, *([settings.replica_region] if settings.replication is Ways.TWO_WAY else [])]
        replicating = [
            replication_role_arn(settings.name_prefix, settings.account_id, source) for source in sources
        ]
        members |= dict.fromkeys(replicating)
    own_state = dict.fromkeys([*settings.administrators, *break_glass, *replicating])
    return Guard(
        members=tuple(members),
        administrators=settings.administrators,
        break_glass=break_glass,
        mfa_max_age_seconds=settings.break_glass.mfa_max_age_minutes * 60 if settings.break_glass else 0,
        pulumi_state=tuple(own_state) if settings.pulumi_state else (),
    )


def trusted(settings: Settings) -> tuple[str, ...]:
    """Who may change the settings of buckets and keys, and so carry out a failover; nobody where none is named."""
    who = guard(settings)
    return tuple(dict.fromkeys([*who.administrators, *who.break_glass])) if who else ()


def state_bucket_guard(bucket_arn: str, who: Guard) -> list[Statement]:
    """The statements for a state bucket: only members touch what it holds."""
    return [
        _deny("DenyStrangers", "*", _DATA, [bucket_arn, f"{bucket_arn}/*"], _unless_service_or(who.members)),
        *_own_state_guard(bucket_arn, who),
        *_bucket_guard(bucket_arn, who),
    ]


def log_bucket_guard(bucket_arn: str, who: Guard) -> list[Statement]:
    """The statements for a bucket of logs: nobody forges, overwrites or hides what AWS delivered there.

    Reading is left to IAM, which grants it to no state user, so that whoever watches over security may.
    """
    trusted = [*who.administrators, *who.break_glass]
    return [
        _deny("DenyTampering", "*", _LOG_WRITES, f"{bucket_arn}/*", _unless_service_or(trusted)),
        *_bucket_guard(bucket_arn, who),
    ]


def key_guard(account_root: str, who: Guard) -> list[Statement]:
    """The statements for a key: who changes its policy, and who disables or deletes it."""
    principal = {"AWS": account_root}
    return [
        *_settings_change(who, principal, _KEY_SETTINGS, "*"),
        *_destruction(who, principal, _KEY_DESTRUCTION, "*"),
    ]


def pulumi_secrets(account_root: str, who: Guard) -> list[Statement]:
    """The statement by which a key lets administrators, and what IAM grants them, keep Pulumi's secrets.

    By hand, and not through S3: but with this encryption context alone, which nothing has that S3 or DynamoDB
    encrypted.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
    """
    if not who.pulumi_state:
        return []
    return [
        {
            "Sid": "UseForPulumiSecrets",
            "Effect": "Allow",
            "Principal": {"AWS": account_root},
            "Action": ("kms:Decrypt", "kms:Encrypt"),
            "Resource": "*",
            "Condition": {
                "StringEquals": {f"kms:EncryptionContext:{PURPOSE}": KEY_PURPOSE},
                "ArnLike": {"aws:PrincipalArn": list(dict.fromkeys([*who.administrators, *who.break_glass]))},
            },
        }
    ]


def _own_state_guard(bucket_arn: str, who: Guard) -> list[Statement]:
    """Pulumi's own state names all there is: who looks after states, or writes some, has no business with it."""
    if not who.pulumi_state:
        return []
    but = _unless_service_or(who.pulumi_state)
    return [_deny("DenyPulumiState", "*", _OWN_STATE, f"{bucket_arn}/{OWN_STATE_PREFIX}*", but)]


def _bucket_guard(bucket_arn: str, who: Guard) -> list[Statement]:
    return [
        *_settings_change(who, "*", _BUCKET_SETTINGS, bucket_arn),
        *_destruction(who, "*", _BUCKET_DESTRUCTION, [bucket_arn, f"{bucket_arn}/*"]),
    ]


def _settings_change(
    who: Guard, principal: dict[str, str] | str, actions: Sequence[str], resource: str
) -> list[Statement]:
    """Administrators change settings; break-glass does with a second factor."""
    trusted = [*who.administrators, *who.break_glass]
    denied = [_deny("DenySettingsChange", principal, actions, resource, _unless(trusted))]
    only_break_glass = [arn for arn in who.break_glass if arn not in who.administrators]
    if only_break_glass:
        who_else = {"ArnLike": {"aws:PrincipalArn": only_break_glass}}
        denied += [
            _deny(f"DenySettingsChange{suffix}", principal, actions, resource, {**who_else, **failed})
            for suffix, failed in _second_factor_fails(who)
        ]
    return denied


def _destruction(
    who: Guard, principal: dict[str, str] | str, actions: Sequence[str], resource: str | list[str]
) -> list[Statement]:
    if not who.break_glass:
        return []
    return [
        _deny("DenyDestruction", principal, actions, resource, _unless(who.break_glass)),
        *(
            _deny(f"DenyDestruction{suffix}", principal, actions, resource, failed)
            for suffix, failed in _second_factor_fails(who)
        ),
    ]


def _second_factor_fails(who: Guard) -> list[tuple[str, Condition]]:
    """How a second factor can fail; conditions of one statement hold together, so each is a statement."""
    return [
        ("WithoutMfa", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        ("OnOldMfa", {"NumericGreaterThan": {"aws:MultiFactorAuthAge": str(who.mfa_max_age_seconds)}}),
    ]


def _unless(arns: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    return {"ArnNotLike": {"aws:PrincipalArn": list(dict.fromkeys(arns))}}


def _unless_service_or(arns: Sequence[str]) -> Condition:
    # A service that acts as itself has no ARN.
    return {**_unless(arns), "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}


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

"""What ``statectl`` needs to read beside states and locks: for ``doctor`` and ``access check`` the settings of the
backend, for ``cost`` its metrics, for ``states`` and ``versions`` the audit trail, which tells who wrote what.

Each statement is there where the stack makes what it is about, and names that alone. A wildcard stands only where
AWS knows no narrower resource, or for what the stack itself names by one pattern. IAM of others is left out: to
ask what a role of somebody else's may do takes IAM's leave to read that role.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/, service by service.
"""

from collections.abc import Iterator, Sequence

from blueprint.access import grants, issuers
from blueprint.audit_trail import AuditTrail
from blueprint.backend import Backend
from blueprint.names import (
    access_policy_pattern,
    access_role_pattern,
    alarm_arn,
    batch_replication_role_arn,
    delivery_role_arn,
    log_group_arn,
    replication_role_arn,
)
from blueprint.policy_document import PolicyDocument, Statement, policy
from settings.arns import account_in
from settings.model import Settings

_BUCKET_SETTINGS = (
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
)
_KEY_SETTINGS = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
)
_TABLE_SETTINGS = (
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:GetResourcePolicy",
    "dynamodb:ListTagsOfResource",
)
_ROLE_SETTINGS = (
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
)
_TRAIL_SETTINGS = (
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrail",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags",
)


def settings_policy(plan: Backend, *, keys: Sequence[str]) -> PolicyDocument:
    """Read the settings of a backend, how much there is of it, and what its audit trail tells.

    :param keys: the ARNs of all its keys, the audit trail's among them.
    """
    return policy(
        *_storage(plan),
        *([_allow("ReadKeySettings", _KEY_SETTINGS, keys)] if keys else []),
        *_identities(plan),
        *(_audit(plan.settings, plan.audit) if plan.audit is not None else []),
        *_alarms(plan),
        # Metrics are no resource of CloudWatch's. They tell how much there is, and nothing of what is in it.
        _allow("ReadMetrics", ("cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"), "*"),
    )


def _storage(plan: Backend) -> Iterator[Statement]:
    regions = [region for region in (plan.primary, plan.replica) if region is not None]
    states = [region.bucket.arn for region in regions]
    logs = [region.log_bucket.arn for region in regions if region.log_bucket is not None]
    audit = [plan.audit.recording.bucket.arn] if plan.audit and plan.audit.recording else []
    yield _allow("ReadBucketSettings", _BUCKET_SETTINGS, [*states, *logs, *audit])
    yield _allow("ReadRequestMetrics", ("s3:GetMetricsConfiguration",), states)
    if plan.replications:
        sources = [replication.source.arn for replication in plan.replications]
        yield _allow("ReadReplication", ("s3:GetReplicationConfiguration",), sources)
    if plan.settings.account_public_access_block:
        # The account is no resource of S3's.
        yield _allow("ReadAccountPublicAccess", ("s3:GetAccountPublicAccessBlock",), "*")
    tables = [region.table.arn for region in regions if region.table is not None]
    if tables:
        yield _allow("ReadTableSettings", _TABLE_SETTINGS, tables)


def _identities(plan: Backend) -> Iterator[Statement]:
    """The roles and policies of the stack; of whom a policy is attached to, no more than which ones they have."""
    settings = plan.settings
    account, prefix, region = settings.account_id, settings.name_prefix, settings.region
    roles = [access_role_pattern(settings)] if any(grant.role for grant in grants(settings)) else []
    for replication in plan.replications:
        source = replication.source.region
        roles.append(replication_role_arn(prefix, account, source))
        roles.append(batch_replication_role_arn(prefix, account, source))
    if settings.audit_trail is not None and settings.audit_trail.existing_log_group is None:
        roles.append(delivery_role_arn(prefix, account, region))
    if roles:
        yield _allow("ReadRoles", _ROLE_SETTINGS, roles)
    yield _allow("ReadPolicies", ("iam:GetPolicy", "iam:GetPolicyVersion"), access_policy_pattern(settings))
    named = attached_principals(settings)
    for kind, action in (("role", "iam:ListAttachedRolePolicies"), ("user", "iam:ListAttachedUserPolicies")):
        arns = [arn for arn in named if f":{kind}/" in arn]
        if arns:
            yield _allow(f"ReadAttachmentsTo{kind.capitalize()}s", (action,), arns)
    providers = [issuer.arn for issuer in issuers(settings)]
    if providers:
        yield _allow("ReadIssuers", ("iam:GetOpenIDConnectProvider",), providers)


def attached_principals(settings: Settings) -> list[str]:
    """The ARNs of roles and users of the account that the stack attaches a policy to."""
    operators = settings.operators
    named = [arn for entry in settings.access for arn in entry.principals]
    named += [*operators.readers, *operators.writers] if operators else []
    own = [arn for arn in named if account_in(arn) == settings.account_id and "/aws-reserved/" not in arn]
    return list(dict.fromkeys(own))


def _audit(settings: Settings, audit: AuditTrail) -> Iterator[Statement]:
    """The log group tells who wrote a version. CloudWatch Logs decrypts it as itself, not in the caller's name.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    account, region = settings.account_id, settings.region
    group = log_group_arn(audit.log_group, account, region)
    tags = ("logs:ListTagsForResource",) if audit.recording is not None else ()
    # Its tags go by the ARN itself, its events by the ARN with an end.
    yield _allow(
        "ReadAuditTrail", ("logs:DescribeMetricFilters", "logs:FilterLogEvents", *tags), [group, f"{group}:*"]
    )
    if audit.recording is not None:
        yield _allow("ReadTrailSettings", _TRAIL_SETTINGS, audit.recording.arn)
        # Groups are listed by region: to name one here is to be denied, says
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html.
        yield _allow("ListLogGroups", ("logs:DescribeLogGroups",), log_group_arn("*", account, region))


def _alarms(plan: Backend) -> Iterator[Statement]:
    """Those on the trail and on replication."""
    account, region = plan.settings.account_id, plan.settings.region
    on_trail = plan.audit.alarms if plan.audit is not None else ()
    alarms = [alarm_arn(alarm.name, account, region) for alarm in on_trail]
    alarms += [alarm_arn(alarm.name, account, alarm.region) for one in plan.replications for alarm in one.alarms]
    if alarms:
        yield _allow("ReadAlarms", ("cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"), alarms)


def _allow(sid: str, actions: Sequence[str], resources: str | Sequence[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}

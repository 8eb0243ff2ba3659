"""The audit trail: which events CloudTrail records of the backend, where it keeps them, and what raises an alarm.

Sources: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.bucket import Bucket, audit_bucket
from blueprint.bucket_policy import deny_insecure_transport, deny_sse_c
from blueprint.encryption_key import EncryptionKey
from blueprint.guard import Guard, guard, log_bucket_guard
from blueprint.key_policy import administration
from blueprint.names import (
    account_root_arn,
    audit_key_alias,
    audit_log_group_arn,
    audit_name,
    audit_trail_arn,
    bucket_arn,
    lock_table_arn,
    service_host,
    state_bucket_of,
)
from blueprint.policy_document import PolicyDocument, Statement, policy
from settings.audit import AuditTrail as Asked
from settings.model import Settings

CLOUDTRAIL = "cloudtrail.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A pattern in the trail that someone should hear of.

    :param kind: what it is about; one of each in a stack.
    :param name: its name, and its metric's.
    :param description: what happened when it rings.
    :param pattern: the CloudWatch Logs filter pattern.
    """

    kind: str
    name: str
    description: str
    pattern: str


@dataclass(frozen=True, kw_only=True)
class Recording:
    """The trail that this stack makes.

    :param name: the trail's name, and its log group's.
    :param arn: the trail's ARN.
    :param bucket: where its files go.
    :param bucket_policy: who may write them: CloudTrail, for this trail.
    :param key: what it is encrypted with; not the key of the states, whose users have no business here.
    :param selectors: the advanced event selectors: name, and field to operator to values.
    :param log_group_arn: the log group that it delivers to as well, for the alarms.
    :param delivery_trust: who may become the role that delivers there.
    :param delivery_policy: what that role may do.
    """

    name: str
    arn: str
    bucket: Bucket
    bucket_policy: PolicyDocument
    key: EncryptionKey
    selectors: Mapping[str, Mapping[str, dict[str, list[str]]]]
    log_group_arn: str
    delivery_trust: PolicyDocument
    delivery_policy: PolicyDocument


@dataclass(frozen=True, kw_only=True)
class AuditTrail:
    """The audit of a backend.

    :param recording: the trail; ``None`` where one that exists records these events already.
    :param log_group: the log group that the alarms watch.
    :param alarms: what raises one.
    :param namespace: the CloudWatch namespace of their metrics.
    :param topic_arn: the SNS topic they notify, if any.
    :param days: how long events are kept.
    """

    recording: Recording | None
    log_group: str
    alarms: tuple[Alarm, ...]
    namespace: str
    topic_arn: str | None
    days: int


def audit_trail(settings: Settings) -> AuditTrail | None:
    """The audit that a stack asks for, if it does."""
    asked = settings.audit_trail
    if asked is None:
        return None
    name = audit_name(settings.name_prefix)
    return AuditTrail(
        recording=_recording(settings, asked) if asked.existing_log_group is None else None,
        log_group=asked.existing_log_group or name,
        alarms=tuple(_alarms(settings)),
        namespace=f"TerraformState/{settings.name_prefix}",
        topic_arn=asked.alarm_topic_arn,
        days=asked.days,
    )


def _recording(settings: Settings, asked: Asked) -> Recording:
    prefix, account, region = settings.name_prefix, settings.account_id, settings.region
    trail, group = audit_trail_arn(prefix, account, region), audit_log_group_arn(prefix, account, region)
    bucket = audit_bucket(settings, asked)
    only_this_trail = {"StringEquals": {"aws:SourceArn": trail, "aws:SourceAccount": account}}
    return Recording(
        name=audit_name(prefix),
        arn=trail,
        bucket=bucket,
        bucket_policy=_bucket_policy(bucket.arn, account, trail, guard(settings)),
        key=_key(settings, trail=trail, group=group),
        selectors=_selectors(settings),
        log_group_arn=group,
        delivery_trust=policy(
            {
                "Sid": "AssumeForTheTrail",
                "Effect": "Allow",
                "Principal": {"Service": CLOUDTRAIL},
                "Action": "sts:AssumeRole",
                "Condition": only_this_trail,
            }
        ),
        delivery_policy=policy(
            {
                "Sid": "DeliverToTheLogGroup",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"{group}:log-stream:{account}_CloudTrail_{region}*",
            }
        ),
    )


def _selectors(settings: Settings) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Data events of the state buckets and lock tables alone, and what is written to KMS among the rest.

    Management events cannot be narrowed to a key; without reads, which are the many, they are few.
    """
    regions = [region for region in (settings.region, settings.replica_region) if region]
    objects = [f"{bucket_arn(state_bucket_of(settings, region), region)}/" for region in regions]
    selectors = {
        "StateObjects": {
            "eventCategory": {"equals": ["Data"]},
            "resources.type": {"equals": ["AWS::S3::Object"]},
            "resources.ARN": {"startsWith": objects},
        }
    }
    if settings.lock.uses_table:
        tables = [lock_table_arn(settings, region) for region in regions]
        selectors["TableLocks"] = {
            "eventCategory": {"equals": ["Data"]},
            "resources.type": {"equals": ["AWS::DynamoDB::Table"]},
            "resources.ARN": {"equals": tables},
        }
    selectors["SettingsAndKeys"] = {
        "eventCategory": {"equals": ["Management"]},
        "readOnly": {"equals": ["false"]},
    }
    return selectors


def _alarms(settings: Settings) -> list[Alarm]:
    name = audit_name(settings.name_prefix)
    regions = [region for region in (settings.region, settings.replica_region) if region]
    names = [state_bucket_of(settings, region) for region in regions]
    buckets = " || ".join(f'($.requestParameters.bucketName = "{bucket}")' for bucket in names)
    alarms = [
        Alarm(
            kind="denied-write",
            name=f"{name}-denied-write",
            description="Somebody was refused who tried to write or delete a state or a lockfile",
            pattern=f'{{ ($.errorCode = "AccessDenied") && (($.eventName = "PutObject") || '
            f'($.eventName = "DeleteObject") || ($.eventName = "DeleteObjects")) && ({buckets}) }}',
        ),
        Alarm(
            kind="key-at-risk",
            name=f"{name}-key-at-risk",
            description="Somebody disabled a key or scheduled its deletion",
            pattern='{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = "ScheduleKeyDeletion") || '
            '($.eventName = "DisableKey")) }',
        ),
    ]
    if settings.break_glass is not None:
        who = " || ".join(
            f'($.userIdentity.arn = "{arn}") || ($.userIdentity.sessionContext.sessionIssuer.arn = "{arn}")'
            for arn in settings.break_glass.principals
        )
        alarms.append(
            Alarm(
                kind="break-glass",
                name=f"{name}-break-glass",
                description="Break-glass is in use",
                pattern=f"{{ {who} }}",
            )
        )
    return alarms


def _bucket_policy(arn: str, account: str, trail: str, who: Guard | None) -> PolicyDocument:
    service = {"Service": CLOUDTRAIL}
    statements: list[Statement] = [
        deny_insecure_transport(arn),
        deny_sse_c(arn),
        {
            "Sid": "AllowTrailToLook",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:GetBucketAcl",
            "Resource": arn,
            "Condition": {"StringEquals": {"aws:SourceArn": trail, "aws:SourceAccount": account}},
        },
        {
            "Sid": "AllowTrailToWrite",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"{arn}/AWSLogs/{account}/*",
            "Condition": {
                "StringEquals": {
                    "aws:SourceArn": trail,
                    "aws:SourceAccount": account,
                    "s3:x-amz-acl": "bucket-owner-full-control",
                }
            },
        },
    ]
    if who is not None:
        statements += log_bucket_guard(arn, who)
    return policy(*statements)


def _key(settings: Settings, *, trail: str, group: str) -> EncryptionKey:
    account, region = settings.account_id, settings.region
    root = account_root_arn(account, region)
    return EncryptionKey(
        region=region,
        alias=audit_key_alias(settings.name_prefix),
        description=f"Audit trail of {settings.name_prefix} in {region}",
        deletion_window_days=30,
        rotation=True,
        tags=settings.tags,
        policy=policy(
            *administration(root, guard(settings)),
            {
                "Sid": "EncryptTheTrail",
                "Effect": "Allow",
                "Principal": {"Service": CLOUDTRAIL},
                "Action": ["kms:GenerateDataKey", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceArn": trail, "aws:SourceAccount": account}},
            },
            {
                "Sid": "EncryptTheLogGroup",
                "Effect": "Allow",
                "Principal": {"Service": service_host("logs", region)},
                "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
                "Resource": "*",
                "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
            },
            {
                "Sid": "ReadThroughS3",
                "Effect": "Allow",
                "Principal": {"AWS": root},
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:ViaService": service_host("s3", region)}},
            },
        ),
    )

"""What is promised of the audit trail: the trail, its log group, the role that delivers there, and the alarms."""

from blueprint.audit_trail import Alarm, AuditTrail, Recording
from blueprint.log_retention import retention_days
from blueprint.names import delivery_role_arn
from blueprint.promise.alarm import promised_threshold
from blueprint.promise.resource import Kind, Promise
from blueprint.promise.role import promised_role
from blueprint.promise.rule import Comparison, Rule
from settings.model import Settings

RULES = (
    Rule(id="trail.arn", title="The trail is this account's and this region's"),
    Rule(id="trail.bucket", title="The trail's files go to its own bucket"),
    Rule(
        id="trail.encryption",
        title="The trail is encrypted under its own key",
        controls=("CKV_AWS_35", "cloudtrail_kms_encryption_enabled", "CloudTrail.2"),
    ),
    Rule(
        id="trail.reach",
        title="The trail records every region, and global services",
        controls=("CKV_AWS_67", "cloudtrail_multi_region_enabled", "CloudTrail.1"),
    ),
    Rule(
        id="trail.validation",
        title="A changed file of the trail shows",
        controls=("CKV_AWS_36", "cloudtrail_log_file_validation_enabled", "CloudTrail.4"),
    ),
    Rule(
        id="trail.delivery",
        title="The trail reaches the log group that the alarms watch",
        controls=("CKV2_AWS_10", "cloudtrail_cloudwatch_logging_enabled", "CloudTrail.5"),
    ),
    Rule(id="trail.logging", title="The trail records", controls=("CKV_AWS_251", "CloudTrail.3")),
    Rule(
        id="trail.selectors",
        title="The trail records who touched which state and which lock",
        comparison=Comparison.BY_NAME,
        controls=(
            "cloudtrail_s3_dataevents_read_enabled",
            "cloudtrail_s3_dataevents_write_enabled",
            "S3.22",
            "S3.23",
        ),
    ),
    Rule(
        id="log-group.encryption",
        title="The log group is encrypted under the trail's key",
        controls=("CKV_AWS_158", "cloudwatch_log_group_kms_encryption_enabled"),
    ),
    Rule(
        id="log-group.retention",
        title="The log group keeps events for as long as the stack says",
        controls=(
            *("CKV_AWS_66", "CKV_AWS_338", "cloudwatch_log_group_retention_policy_specific_days_enabled"),
            "CloudWatch.16",
        ),
    ),
    Rule(id="alarm.pattern", title="The alarm looks for what it is there for"),
    Rule(id="alarm.count", title="What is found is counted for the alarm"),
    Rule(id="alarm.threshold", title="The alarm rings as soon as the stack says"),
    Rule(
        id="alarm.actions",
        title="The alarm notifies the topic that the stack names",
        controls=(
            *("CKV_AWS_319", "cloudwatch_alarm_actions_enabled"),
            *("cloudwatch_alarm_actions_alarm_state_configured", "CloudWatch.15", "CloudWatch.17"),
        ),
    ),
    Rule(id="alarm.description", title="The alarm says what happened"),
)
"""What each setting is called, and how it is compared."""


def promised_trail(settings: Settings, recording: Recording, key_arn: str | None) -> Promise:
    """The trail that this stack makes.

    :param key_arn: the audit trail's key.
    """
    return Promise(
        kind=Kind.TRAIL,
        name=recording.name,
        region=recording.bucket.region,
        handle=recording.arn,
        settings={
            "arn": recording.arn,
            "bucket": recording.bucket.name,
            "encryption": key_arn,
            "reach": {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": True},
            "validation": True,
            "delivery": {
                "CloudWatchLogsLogGroupArn": f"{recording.log_group_arn}:*",
                "CloudWatchLogsRoleArn": _role_arn(settings),
            },
            "logging": True,
            "selectors": recording.selectors,
            "tags": dict(settings.tags),
        },
    )


def promised_log_group(settings: Settings, audit: AuditTrail, key_arn: str | None) -> Promise:
    """The log group that this stack makes for its trail."""
    return Promise(
        kind=Kind.LOG_GROUP,
        name=audit.log_group,
        region=settings.region,
        settings={
            "encryption": key_arn,
            "retention": retention_days(audit.days),
            "tags": dict(settings.tags),
        },
    )


def promised_delivery_role(settings: Settings, recording: Recording) -> Promise:
    """The role that CloudTrail delivers to the log group as, with its one policy and nothing beside it."""
    return promised_role(
        recording.name,
        arn=_role_arn(settings),
        trust=recording.delivery_trust,
        inline={"deliver": recording.delivery_policy},
        description=f"Delivers the audit trail to the log group {recording.name}",
        tags=settings.tags,
    )


def promised_alarm(settings: Settings, audit: AuditTrail, alarm: Alarm) -> Promise:
    """An alarm, and the filter that counts for it in the log group."""
    return Promise(
        kind=Kind.ALARM,
        name=alarm.name,
        region=settings.region,
        handle=audit.log_group,
        settings={
            "pattern": alarm.pattern,
            "count": {"metricName": alarm.name, "metricNamespace": audit.namespace, "metricValue": "1"},
            "threshold": promised_threshold(
                audit.namespace, alarm.name, dimensions={}, statistic="Sum", threshold=1
            ),
            "actions": {"ActionsEnabled": True, "AlarmActions": [audit.topic_arn] if audit.topic_arn else []},
            "description": alarm.description,
            "tags": dict(settings.tags),
        },
    )


def _role_arn(settings: Settings) -> str:
    return delivery_role_arn(settings.name_prefix, settings.account_id, settings.region)

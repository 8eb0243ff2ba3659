"""The audit trail: key, bucket, log group and trail where the stack records itself, and the alarms."""

# Annotations stay text, so that pulumi_aws loads CloudWatch and CloudTrail only where a trail is made.
from __future__ import annotations

import pulumi
import pulumi_aws as aws

from blueprint.audit_trail import Alarm, AuditTrail, Recording
from blueprint.log_retention import retention_days
from blueprint.policy_document import to_json
from components.alarm import make_alarm
from components.bucket import MadeBucket, make_bucket
from components.key import make_key
from settings.model import Settings


def make_audit_trail(
    name: str, plan: AuditTrail, *, settings: Settings, logs: MadeBucket | None, parent: pulumi.Resource
) -> aws.kms.Key | None:
    """All of it.

    :param logs: the log bucket of the first region, which takes the audit bucket's access logs too.
    :return: the key of the trail; ``None`` where the stack makes none.
    """
    log_group: pulumi.Input[str] = plan.log_group
    key = None
    if plan.recording is not None:
        key = make_key(f"{name}-key", plan.recording.key, protect=settings.protect, parent=parent)
        made = _make_recording(name, plan, plan.recording, key=key, settings=settings, logs=logs, parent=parent)
        log_group = made.name
    for alarm in plan.alarms:
        _make_alarm(f"{name}-{alarm.kind}", plan, alarm, log_group=log_group, settings=settings, parent=parent)
    return key


def _make_recording(
    name: str,
    plan: AuditTrail,
    recording: Recording,
    *,
    key: aws.kms.Key,
    settings: Settings,
    logs: MadeBucket | None,
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogGroup:
    plain = pulumi.ResourceOptions(parent=parent)
    bucket = make_bucket(
        f"{name}-bucket",
        recording.bucket,
        key_arn=key.arn,
        policy=recording.bucket_policy,
        log_target=logs,
        protect=settings.protect,
        parent=parent,
    )
    group = aws.cloudwatch.LogGroup(
        f"{name}-log-group",
        region=settings.region,
        name=plan.log_group,
        kms_key_id=key.arn,
        retention_in_days=retention_days(plan.days),
        tags=settings.tags,
        opts=plain,
    )
    role = aws.iam.Role(
        f"{name}-delivery",
        name=recording.name,
        description=f"Delivers the audit trail to the log group {plan.log_group}",
        assume_role_policy=to_json(recording.delivery_trust),
        tags=settings.tags,
        opts=plain,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-delivery-policy",
        name="deliver",
        role=role.name,
        policy=to_json(recording.delivery_policy),
        opts=plain,
    )
    aws.cloudtrail.Trail(
        f"{name}-trail",
        region=settings.region,
        name=recording.name,
        s3_bucket_name=bucket.bucket.bucket,
        kms_key_id=key.arn,
        is_multi_region_trail=True,
        include_global_service_events=True,
        enable_log_file_validation=True,
        cloud_watch_logs_group_arn=group.arn.apply(lambda arn: f"{arn}:*"),
        cloud_watch_logs_role_arn=role.arn,
        advanced_event_selectors=[
            {
                "name": selector,
                "field_selectors": [_field_selector(field, match) for field, match in fields.items()],
            }
            for selector, fields in recording.selectors.items()
        ],
        tags=settings.tags,
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=[needed for needed in (bucket.policy, policy) if needed]
        ),
    )
    return group


def _field_selector(
    field: str, match: dict[str, list[str]]
) -> aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgsDict:
    if "startsWith" in match:
        return {"field": field, "starts_withs": match["startsWith"]}
    return {"field": field, "equals": match["equals"]}


def _make_alarm(
    name: str,
    plan: AuditTrail,
    alarm: Alarm,
    *,
    log_group: pulumi.Input[str],
    settings: Settings,
    parent: pulumi.Resource,
) -> None:
    plain = pulumi.ResourceOptions(parent=parent)
    aws.cloudwatch.LogMetricFilter(
        f"{name}-metric",
        region=settings.region,
        name=alarm.name,
        log_group_name=log_group,
        pattern=alarm.pattern,
        metric_transformation={"name": alarm.name, "namespace": plan.namespace, "value": "1"},
        opts=plain,
    )
    make_alarm(
        f"{name}-alarm",
        region=settings.region,
        alarm_name=alarm.name,
        description=alarm.description,
        namespace=plan.namespace,
        metric=alarm.name,
        dimensions=None,
        statistic="Sum",
        threshold=1,
        topic_arns=[plan.topic_arn] if plan.topic_arn else [],
        tags=settings.tags,
        parent=parent,
    )

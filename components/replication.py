"""Replication of a state bucket to the other region: role and rule, the role for what was missed, and alarms."""

# Annotations stay text, so that pulumi_aws loads CloudWatch only where there is replication.
from __future__ import annotations

import pulumi
import pulumi_aws as aws

from blueprint.batch_replication import BatchRole
from blueprint.policy_document import to_json
from blueprint.replication import RULE_ID, Replication, replication_policy
from blueprint.replication_alarms import ReplicationAlarm
from components.alarm import make_alarm
from components.bucket import MadeBucket


def make_replication(
    name: str,
    plan: Replication,
    *,
    source: MadeBucket,
    destination: MadeBucket,
    source_key: aws.kms.Key | None,
    destination_key: aws.kms.Key | None,
    parent: pulumi.Resource,
) -> aws.s3.BucketReplicationConfig:
    """The role and the one rule, once both buckets are versioned.

    :param source_key: the key of the source's region; ``None`` with AES256.
    :param destination_key: that of the destination's, under which S3 encrypts anew; ``None`` with AES256.
    """
    plain = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-role",
        name=plan.role_name,
        description=f"Replicates {plan.source.name} to {plan.destination.name}",
        assume_role_policy=to_json(plan.trust_policy),
        tags=plan.tags,
        opts=plain,
    )
    keys: list[pulumi.Input[str | None]] = [key.arn if key else None for key in (source_key, destination_key)]
    policy = aws.iam.RolePolicy(
        f"{name}-role-policy",
        name="replicate",
        role=role.name,
        policy=pulumi.Output.all(*keys).apply(
            lambda arns: to_json(replication_policy(plan, source_key_arn=arns[0], destination_key_arn=arns[1]))
        ),
        opts=plain,
    )
    _make_batch_role(f"{name}-batch-role", plan.batch_role, plan, parent=parent)
    return aws.s3.BucketReplicationConfig(
        name,
        bucket=source.bucket.bucket,
        region=plan.source.region,
        role=role.arn,
        rules=[_rule(plan, destination, destination_key)],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[source.versioning, destination.versioning, policy]),
    )


def make_replication_alarm(
    name: str, alarm: ReplicationAlarm, plan: Replication, *, parent: pulumi.Resource
) -> aws.cloudwatch.MetricAlarm:
    """An alarm on a metric of the rule."""
    return make_alarm(
        name,
        region=alarm.region,
        alarm_name=alarm.name,
        description=alarm.description,
        namespace="AWS/S3",
        metric=alarm.metric,
        dimensions=alarm.dimensions,
        statistic=alarm.statistic,
        threshold=alarm.threshold,
        topic_arns=alarm.topic_arns,
        tags=plan.tags,
        parent=parent,
    )


def _make_batch_role(name: str, batch: BatchRole, plan: Replication, *, parent: pulumi.Resource) -> None:
    plain = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        name=batch.name,
        description=batch.description,
        assume_role_policy=to_json(batch.trust_policy),
        tags=plan.tags,
        opts=plain,
    )
    aws.iam.RolePolicy(
        f"{name}-policy", name="start-replication", role=role.name, policy=to_json(batch.policy), opts=plain
    )


def _rule(
    plan: Replication, destination: MadeBucket, destination_key: aws.kms.Key | None
) -> aws.s3.BucketReplicationConfigRuleArgsDict:
    rule: aws.s3.BucketReplicationConfigRuleArgsDict = {
        "id": RULE_ID,
        "status": "Enabled",
        "priority": 0,
        "filter": {"prefix": ""},
        "delete_marker_replication": {"status": "Enabled"},
        "destination": {"bucket": destination.bucket.arn, "metrics": {"status": "Enabled"}},
    }
    selected: aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgsDict = {}
    if plan.replica_modifications:
        selected["replica_modifications"] = {"status": "Enabled"}
    if destination_key is not None:
        selected["sse_kms_encrypted_objects"] = {"status": "Enabled"}
        rule["destination"] = {
            "bucket": destination.bucket.arn,
            "metrics": {"status": "Enabled"},
            "encryption_configuration": {"replica_kms_key_id": destination_key.arn},
        }
    if selected:
        rule["source_selection_criteria"] = selected
    return rule

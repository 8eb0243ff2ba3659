"""What is promised of replication: the configuration of the source, the roles that S3 acts as, and the alarms."""

from typing import Any

from blueprint.names import batch_replication_role_arn, replication_role_arn
from blueprint.promise.alarm import promised_threshold
from blueprint.promise.resource import Kind, Promise
from blueprint.promise.role import promised_role
from blueprint.promise.rule import Comparison, Rule
from blueprint.replication import RULE_ID, Replication, replication_policy
from blueprint.replication_alarms import ReplicationAlarm
from settings.model import Encryption, Settings

RULES = (
    Rule(
        id="replication.rules",
        title="Every version and delete marker reaches the other region",
        comparison=Comparison.BY_NAME,
        controls=("CKV_AWS_144", "s3_bucket_cross_region_replication", "S3.7"),
    ),
    Rule(id="replication.role", title="S3 replicates as the role that is made for it"),
)
"""What each setting is called, and how it is compared."""


def promised_replication(settings: Settings, plan: Replication, destination_key_arn: str | None) -> Promise:
    """The one rule, and whose it is.

    :param destination_key_arn: the key that S3 encrypts under anew; ``None`` with AES256.
    """
    by_key = plan.destination.encryption is Encryption.KMS
    destination: dict[str, Any] = {"Bucket": plan.destination.arn, "Metrics": {"Status": "Enabled"}}
    rule: dict[str, Any] = {
        "ID": RULE_ID,
        "Status": "Enabled",
        "Priority": 0,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": destination,
    }
    selected = {"ReplicaModifications": {"Status": "Enabled"}} if plan.replica_modifications else {}
    if by_key:
        selected["SseKmsEncryptedObjects"] = {"Status": "Enabled"}
        destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": destination_key_arn}
    if selected:
        rule["SourceSelectionCriteria"] = selected
    return Promise(
        kind=Kind.REPLICATION,
        name=plan.source.name,
        region=plan.source.region,
        settings={"role": _role_arn(settings, plan), "rules": {RULE_ID: rule}},
    )


def promised_replication_role(
    settings: Settings, plan: Replication, source_key_arn: str | None, destination_key_arn: str | None
) -> Promise:
    """The role, with its one policy and nothing beside it."""
    policy = replication_policy(plan, source_key_arn=source_key_arn, destination_key_arn=destination_key_arn)
    return promised_role(
        plan.role_name,
        arn=_role_arn(settings, plan),
        trust=plan.trust_policy,
        inline={"replicate": policy},
        description=f"Replicates {plan.source.name} to {plan.destination.name}",
        tags=plan.tags,
    )


def promised_batch_role(settings: Settings, plan: Replication) -> Promise:
    """The role for jobs of S3 Batch Replication, with its one policy and nothing beside it."""
    role = plan.batch_role
    return promised_role(
        role.name,
        arn=batch_replication_role_arn(settings.name_prefix, settings.account_id, plan.source.region),
        trust=role.trust_policy,
        inline={"start-replication": role.policy},
        description=role.description,
        tags=plan.tags,
    )


def promised_replication_alarm(plan: Replication, alarm: ReplicationAlarm) -> Promise:
    """An alarm on a metric that S3 publishes itself, so that nothing is counted for it."""
    return Promise(
        kind=Kind.ALARM,
        name=alarm.name,
        region=alarm.region,
        settings={
            "threshold": promised_threshold(
                "AWS/S3",
                alarm.metric,
                dimensions=alarm.dimensions,
                statistic=alarm.statistic,
                threshold=alarm.threshold,
            ),
            "actions": {"ActionsEnabled": True, "AlarmActions": list(alarm.topic_arns)},
            "description": alarm.description,
            "tags": dict(plan.tags),
        },
    )


def _role_arn(settings: Settings, plan: Replication) -> str:
    return replication_role_arn(settings.name_prefix, settings.account_id, plan.source.region)

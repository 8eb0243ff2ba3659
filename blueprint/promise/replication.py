"""What is promised of replication: the configuration of the first bucket, and the role that S3 acts as."""

from typing import Any

from blueprint.names import replication_role_arn
from blueprint.promise.resource import Kind, Promise
from blueprint.promise.role import promised_role
from blueprint.promise.rule import Comparison, Rule
from blueprint.replication import RULE_ID, Replication, replication_policy
from settings.model import Encryption, Settings

RULES = (
    Rule(
        id="replication.rules",
        title="Every version and delete marker reaches the second region",
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
    if by_key:
        rule["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
        destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": destination_key_arn}
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


def _role_arn(settings: Settings, plan: Replication) -> str:
    return replication_role_arn(settings.name_prefix, settings.account_id, plan.source.region)

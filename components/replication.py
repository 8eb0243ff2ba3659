"""Replication of the state bucket to the second region."""

import pulumi
import pulumi_aws as aws

from blueprint.policy_document import to_json
from blueprint.replication import RULE_ID, Replication, replication_policy
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

    :param source_key: the first region's key; ``None`` with AES256.
    :param destination_key: the second region's key, under which S3 encrypts anew; ``None`` with AES256.
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
    rule: aws.s3.BucketReplicationConfigRuleArgsDict = {
        "id": RULE_ID,
        "status": "Enabled",
        "priority": 0,
        "filter": {"prefix": ""},
        "delete_marker_replication": {"status": "Enabled"},
        "destination": {"bucket": destination.bucket.arn, "metrics": {"status": "Enabled"}},
    }
    if destination_key is not None:
        rule["source_selection_criteria"] = {"sse_kms_encrypted_objects": {"status": "Enabled"}}
        rule["destination"] = {
            "bucket": destination.bucket.arn,
            "metrics": {"status": "Enabled"},
            "encryption_configuration": {"replica_kms_key_id": destination_key.arn},
        }
    return aws.s3.BucketReplicationConfig(
        name,
        bucket=source.bucket.bucket,
        region=plan.source.region,
        role=role.arn,
        rules=[rule],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[source.versioning, destination.versioning, policy]),
    )

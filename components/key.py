"""The customer-managed key of a region, and its alias."""

import pulumi
import pulumi_aws as aws

from blueprint.encryption_key import EncryptionKey
from blueprint.policy_document import to_json


def make_key(name: str, plan: EncryptionKey, *, protect: bool, parent: pulumi.Resource) -> aws.kms.Key:
    """The key, with its policy, rotation and deletion window, and its alias."""
    key = aws.kms.Key(
        name,
        region=plan.region,
        description=plan.description,
        policy=to_json(plan.policy),
        enable_key_rotation=plan.rotation,
        deletion_window_in_days=plan.deletion_window_days,
        tags=plan.tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=protect),
    )
    aws.kms.Alias(
        f"{name}-alias",
        region=plan.region,
        name=plan.alias,
        target_key_id=key.key_id,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return key

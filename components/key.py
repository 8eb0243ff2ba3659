"""The customer-managed key of a region, and its alias."""

import pulumi
import pulumi_aws as aws

from blueprint.encryption_key import EncryptionKey
from blueprint.policy_document import to_json
from components.adoption import ignored, importing
from settings.adopt import Kept

_KEPT = {Kept.KEY_POLICY: ("policy",), Kept.KEY_ROTATION: ("enable_key_rotation", "rotation_period_in_days")}
"""What is not compared while a setting is left as it was found."""


def make_key(name: str, plan: EncryptionKey, *, protect: bool, parent: pulumi.Resource) -> aws.kms.Key:
    """The key, with its policy, rotation and deletion window, and its alias."""
    key = aws.kms.Key(
        name,
        region=plan.region,
        description=plan.description,
        policy=to_json(plan.policy),
        enable_key_rotation=plan.rotation,
        # KMS hears of it with the order to delete, so what is adopted has none to compare with.
        deletion_window_in_days=plan.deletion_window_days if plan.adopted_arn is None else None,
        tags=plan.tags,
        opts=importing(
            pulumi.ResourceOptions(
                parent=parent,
                protect=protect,
                ignore_changes=ignored(plan.kept, _KEPT),
            ),
            f"{plan.adopted_arn.rpartition('/')[2]}@{plan.region}" if plan.adopted_arn else None,
        ),
    )
    aws.kms.Alias(
        f"{name}-alias",
        region=plan.region,
        name=plan.alias,
        target_key_id=key.key_id,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return key

"""The lock table of a region."""

import pulumi
import pulumi_aws as aws

from blueprint.lock_table import HASH_KEY, LockTable
from components.adoption import ignored, importing
from settings.adopt import Kept

_KEPT = {
    Kept.TABLE_BILLING: ("billing_mode", "read_capacity", "write_capacity"),
    Kept.TABLE_RECOVERY: ("point_in_time_recovery",),
    Kept.TABLE_ENCRYPTION: ("server_side_encryption",),
}
"""What is not compared while a setting is left as it was found."""


def make_lock_table(
    name: str,
    plan: LockTable,
    *,
    key_arn: pulumi.Input[str] | None,
    protect: bool,
    parent: pulumi.Resource,
) -> aws.dynamodb.Table:
    """The table: on-demand, point-in-time recovery on, under the region's key where there is one.

    :param key_arn: the key that encrypts it; ``None`` for the key that DynamoDB owns.
    """
    return aws.dynamodb.Table(
        name,
        name=plan.name,
        region=plan.region,
        billing_mode="PAY_PER_REQUEST",
        hash_key=HASH_KEY,
        attributes=[{"name": HASH_KEY, "type": "S"}],
        point_in_time_recovery={"enabled": True},
        server_side_encryption=_encryption(plan, key_arn),
        deletion_protection_enabled=plan.deletion_protection,
        tags=plan.tags,
        opts=importing(
            pulumi.ResourceOptions(
                parent=parent,
                protect=protect,
                ignore_changes=ignored(plan.kept, _KEPT),
            ),
            f"{plan.name}@{plan.region}" if plan.adopted else None,
        ),
    )


def _encryption(
    plan: LockTable, key_arn: pulumi.Input[str] | None
) -> aws.dynamodb.TableServerSideEncryptionArgs | None:
    if key_arn is not None:
        return aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=key_arn)
    # A table that was adopted may be under `aws/dynamodb`, which saying nothing would leave as it is.
    return aws.dynamodb.TableServerSideEncryptionArgs(enabled=False) if plan.adopted else None

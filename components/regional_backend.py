"""All that the backend has in one region: the same code for the first region and the second."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from blueprint.backend import RegionalBackend
from blueprint.guard import guard
from blueprint.regional_policy import regional_policy
from components.access_logs import make_log_bucket
from components.bucket import MadeBucket, make_bucket
from components.key import make_key
from components.lock_table import make_lock_table
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class MadeRegion:
    """What was made in one region.

    :param plan: what it was made from.
    :param bucket: the state bucket.
    :param key: the key, unless S3's own encrypt.
    :param logs: the bucket of access logs, where there is one.
    :param table: the lock table, unless the lockfile alone locks.
    """

    plan: RegionalBackend
    bucket: MadeBucket
    logs: MadeBucket | None
    key: aws.kms.Key | None
    table: aws.dynamodb.Table | None


def make_region(name: str, plan: RegionalBackend, *, settings: Settings, parent: pulumi.Resource) -> MadeRegion:
    """Key, log bucket, state bucket and lock table of one region."""
    protect, who = settings.protect, guard(settings)
    key = make_key(f"{name}-key", plan.key, protect=protect, parent=parent) if plan.key else None
    logs = (
        make_log_bucket(
            f"{name}-logs",
            plan.log_bucket,
            logged=plan.logged,
            account_id=settings.account_id,
            who=who,
            protect=protect,
            parent=parent,
        )
        if plan.log_bucket
        else None
    )
    key_arn: pulumi.Output[str] | None = key.arn if key else None
    bucket = make_bucket(
        f"{name}-bucket",
        plan.bucket,
        key_arn=key_arn,
        policy=pulumi.Output.from_input(key_arn).apply(lambda arn: regional_policy(settings, plan, key_arn=arn)),
        log_target=logs,
        protect=protect,
        parent=parent,
    )
    table = (
        make_lock_table(f"{name}-lock-table", plan.table, key_arn=key_arn, protect=protect, parent=parent)
        if plan.table
        else None
    )
    return MadeRegion(plan=plan, bucket=bucket, logs=logs, key=key, table=table)

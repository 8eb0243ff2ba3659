"""The bucket that takes the access logs of a region's state bucket."""

from collections.abc import Sequence

import pulumi

from blueprint.bucket import Bucket
from blueprint.bucket_policy import log_bucket_policy
from blueprint.guard import Guard
from components.bucket import MadeBucket, make_bucket


def make_log_bucket(
    name: str,
    plan: Bucket,
    *,
    logged: Sequence[str],
    account_id: str,
    who: Guard | None,
    protect: bool,
    parent: pulumi.Resource,
) -> MadeBucket:
    """The log bucket, as hardened as the state bucket, open to log delivery for the buckets ``logged`` alone."""
    return make_bucket(
        name,
        plan,
        key_arn=None,
        policy=log_bucket_policy(plan.arn, source_bucket_arns=logged, account=account_id, who=who),
        log_target=None,
        protect=protect,
        parent=parent,
    )

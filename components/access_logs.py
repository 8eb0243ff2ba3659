"""The bucket that takes the access logs of a region's state bucket."""

import pulumi

from blueprint.bucket import Bucket
from blueprint.bucket_policy import log_bucket_policy
from blueprint.guard import Guard
from components.bucket import MadeBucket, make_bucket


def make_log_bucket(
    name: str,
    plan: Bucket,
    *,
    source: Bucket,
    account_id: str,
    who: Guard | None,
    protect: bool,
    parent: pulumi.Resource,
) -> MadeBucket:
    """The log bucket, as hardened as the state bucket, open to S3's log delivery for ``source`` alone."""
    return make_bucket(
        name,
        plan,
        key_arn=None,
        policy=log_bucket_policy(plan.arn, source_bucket_arn=source.arn, account=account_id, who=who),
        log_target=None,
        protect=protect,
        parent=parent,
    )

"""Reads which region writes which states from the live bucket policies, so that ``pulumi up`` keeps to it."""

import json

import pulumi
import pulumi_aws as aws

from blueprint.backend import Backend, RegionalBackend
from blueprint.guard import trusted
from blueprint.standby import AT_HOME, Activity, Standby, standby_of
from components.provider import same_provider

_NOT_THERE = ("couldn't find resource", "NoSuchBucketPolicy", "NoSuchBucket")
"""How the provider says that a bucket, or its policy, does not exist (yet)."""


class UnreadPolicyError(pulumi.RunError):
    """A state bucket's policy could not be read, and a freeze could be lifted by accident; nothing was made."""


def live_activity(plan: Backend, *, opts: pulumi.ResourceOptions | None) -> Activity:
    """What stands by where, as the live policies say; where there are none yet, the first region writes.

    A backend of one region has nowhere to fail over to, and nothing is asked.

    :param opts: the component's options, so that the credentials asked are those its resources will use.
    :raises UnreadPolicyError: where a policy is there and cannot be read.
    """
    if plan.replica is None:
        return AT_HOME
    return Activity(
        first=_live(plan, plan.primary, unsaid=AT_HOME.first, opts=opts),
        second=_live(plan, plan.replica, unsaid=AT_HOME.second, opts=opts),
    )


def _live(
    plan: Backend, region: RegionalBackend, *, unsaid: Standby, opts: pulumi.ResourceOptions | None
) -> Standby:
    bucket = region.bucket
    try:
        found = aws.s3.get_bucket_policy(bucket=bucket.name, region=region.region, opts=same_provider(opts))
    except Exception as error:
        # The SDK raises nothing narrower for a function that failed.
        if any(words in str(error) for words in _NOT_THERE):
            return unsaid
        raise UnreadPolicyError(
            f"the policy of bucket {bucket.name} in {region.region} says whether states were failed over, and it "
            f"cannot be read: {error}. Nothing was made. Fix: let this caller call s3:GetBucketPolicy on it; "
            "while that region is away, wait with `pulumi up`."
        ) from error
    document = json.loads(found.policy) if found.policy else None
    return standby_of(document, bucket.arn, trusted=trusted(plan.settings), unsaid=unsaid)

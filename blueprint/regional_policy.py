"""The policy of a region's state bucket: what it refuses anyone, strangers, and writers of the other region."""

from blueprint.backend import RegionalBackend
from blueprint.bucket_policy import state_bucket_policy
from blueprint.guard import guard, trusted
from blueprint.policy_document import PolicyDocument, policy
from blueprint.standby import standby_statements
from settings.model import Settings


def regional_policy(settings: Settings, region: RegionalBackend, *, key_arn: str | None) -> PolicyDocument:
    """The policy that the state bucket of a region has.

    :param key_arn: the ARN of the region's key; ``None`` with AES256.
    """
    always = state_bucket_policy(
        region.bucket.arn, encryption=settings.encryption, key_arn=key_arn, lock=settings.lock, who=guard(settings)
    )
    standing_by = standby_statements(
        region.bucket.arn,
        region.home,
        region.standby,
        trusted=trusted(settings),
        takes_replicas=region.takes_replicas,
    )
    adopted = settings.adopted_in(region.region)
    left_out = adopted.left_out if adopted else frozenset()
    return policy(*(one for one in always["Statement"] if one["Sid"] not in left_out), *standing_by)

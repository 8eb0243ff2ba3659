"""The customer-managed key of a region."""

from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.guard import guard
from blueprint.key_policy import state_key_policy
from blueprint.names import key_alias
from blueprint.policy_document import PolicyDocument
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class EncryptionKey:
    """What a region's key is.

    :param region: where it is.
    :param alias: its alias, with ``alias/``.
    :param description: what the console shows.
    :param deletion_window_days: days between the order to delete it and its end; 30 is the most KMS gives.
    :param rotation: whether KMS makes new key material every year.
    :param policy: who may administer and use it.
    :param tags: its tags.
    :param adopted_arn: its ARN where it was there before.
    :param kept: which settings are left as they were found, by what doctor calls them.
    """

    region: str
    alias: str
    description: str
    deletion_window_days: int
    rotation: bool
    policy: PolicyDocument
    tags: Mapping[str, str]
    adopted_arn: str | None = None
    kept: frozenset[str] = frozenset()


def encryption_key(settings: Settings, region: str) -> EncryptionKey:
    """The key of one region."""
    adopted = settings.adopted_in(region)
    return EncryptionKey(
        region=region,
        alias=key_alias(settings.name_prefix),
        description=f"Terraform state of {settings.name_prefix} in {region}",
        deletion_window_days=30,
        rotation=True,
        policy=state_key_policy(account=settings.account_id, region=region, who=guard(settings)),
        tags=settings.tags,
        adopted_arn=adopted.key_arn if adopted else None,
        kept=settings.kept_in(region),
    )

"""What a lock table is. One for each region: a global table replicates late and so excludes nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.names import lock_table_arn, lock_table_of
from settings.model import Encryption, Settings

HASH_KEY = "LockID"
"""The key that Terraform demands, a string (https://developer.hashicorp.com/terraform/language/backend/s3)."""


@dataclass(frozen=True, kw_only=True)
class LockTable:
    """What a region's lock table is. On-demand and with point-in-time recovery, always.

    :param name: its name.
    :param arn: its ARN.
    :param region: where it is.
    :param encryption: a customer key, or DynamoDB's own.
    :param deletion_protection: whether DynamoDB refuses to delete it.
    :param tags: its tags.
    :param adopted: whether it was there before.
    :param kept: which settings are left as they were found, by what doctor calls them.
    """

    name: str
    arn: str
    region: str
    encryption: Encryption
    deletion_protection: bool
    tags: Mapping[str, str]
    adopted: bool = False
    kept: frozenset[str] = frozenset()


def lock_table(settings: Settings, region: str) -> LockTable:
    """The lock table of one region."""
    adopted = settings.adopted_in(region)
    return LockTable(
        name=lock_table_of(settings, region),
        arn=lock_table_arn(settings, region),
        region=region,
        encryption=settings.encryption,
        deletion_protection=settings.protect,
        tags=settings.tags,
        adopted=bool(adopted and adopted.table),
        kept=settings.kept_in(region),
    )

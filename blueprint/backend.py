"""The whole backend of one stack: one half in each region, and the replication between them."""

from dataclasses import dataclass

from blueprint.bucket import Bucket, log_bucket, state_bucket
from blueprint.encryption_key import EncryptionKey, encryption_key
from blueprint.lock_table import LockTable, lock_table
from blueprint.replication import Replication, replication
from settings.model import Encryption, Lock, Settings


@dataclass(frozen=True, kw_only=True)
class RegionalBackend:
    """What the backend has in one region.

    :param region: the region's code.
    :param bucket: the state bucket.
    :param log_bucket: the bucket of its access logs, where there are any.
    :param key: the customer-managed key, unless S3's own keys encrypt.
    :param table: the lock table, unless the lockfile alone locks.
    """

    region: str
    bucket: Bucket
    log_bucket: Bucket | None
    key: EncryptionKey | None
    table: LockTable | None


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the whole backend is.

    :param settings: what it was made from.
    :param primary: the first region, where Terraform writes.
    :param replica: the second region, if any.
    :param replication: how states get from the first to the second, if there is one.
    """

    settings: Settings
    primary: RegionalBackend
    replica: RegionalBackend | None
    replication: Replication | None


def backend(settings: Settings) -> Backend:
    """The backend that a stack with these settings promises."""
    primary = _regional(settings, settings.region)
    if settings.replica_region is None:
        return Backend(settings=settings, primary=primary, replica=None, replication=None)
    replica = _regional(settings, settings.replica_region)
    return Backend(
        settings=settings,
        primary=primary,
        replica=replica,
        replication=replication(settings, primary.bucket, replica.bucket),
    )


def _regional(settings: Settings, region: str) -> RegionalBackend:
    return RegionalBackend(
        region=region,
        bucket=state_bucket(settings, region),
        log_bucket=log_bucket(settings, region) if settings.access_logs else None,
        key=encryption_key(settings, region) if settings.encryption is Encryption.KMS else None,
        table=lock_table(settings, region) if settings.lock is not Lock.LOCKFILE else None,
    )

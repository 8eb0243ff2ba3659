"""The whole backend of one stack: one half in each region, and the replication between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from blueprint.audit_trail import AuditTrail, audit_trail
from blueprint.bucket import Bucket, log_bucket, state_bucket
from blueprint.encryption_key import EncryptionKey, encryption_key
from blueprint.lock_table import LockTable, lock_table
from blueprint.replication import Replication, replication
from blueprint.standby import AT_HOME, Activity, Home, Standby
from settings.model import Encryption, Settings, Ways


@dataclass(frozen=True, kw_only=True)
class RegionalBackend:
    """What the backend has in one region.

    :param region: the region's code.
    :param bucket: the state bucket.
    :param log_bucket: the bucket of its access logs, where there are any.
    :param key: the customer-managed key, unless S3's own keys encrypt.
    :param table: the lock table, unless the lockfile alone locks.
    :param logged: the ARNs of the buckets whose access logs the log bucket takes.
    :param home: which of the two regions it is.
    :param standby: which states the other region writes.
    :param takes_replicas: whether replication writes into the state bucket.
    """

    region: str
    bucket: Bucket
    log_bucket: Bucket | None
    key: EncryptionKey | None
    table: LockTable | None
    logged: tuple[str, ...]
    home: Home
    standby: Standby
    takes_replicas: bool


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the whole backend is.

    :param settings: what it was made from.
    :param primary: the first region, where Terraform writes.
    :param replica: the second region, if any.
    :param replication: how states get from the first to the second, if there is one.
    :param reverse_replication: how they get back, where the stack asks for both ways.
    :param audit: the audit trail, if the stack asks for one.
    """

    settings: Settings
    primary: RegionalBackend
    replica: RegionalBackend | None
    replication: Replication | None
    reverse_replication: Replication | None
    audit: AuditTrail | None

    @property
    def replications(self) -> tuple[Replication, ...]:
        """Every way that states are replicated."""
        return tuple(one for one in (self.replication, self.reverse_replication) if one is not None)


def backend(settings: Settings, activity: Activity = AT_HOME) -> Backend:
    """The backend that a stack with these settings promises.

    :param activity: which region writes which states; the first all of them, unless some were failed over.
    """
    audit = audit_trail(settings)
    recorded = [audit.recording.bucket.arn] if audit and audit.recording else []
    if settings.replica_region is None:
        primary = _regional(settings, settings.region, Home.FIRST, Standby(), also_logged=recorded)
        return Backend(
            settings=settings,
            primary=primary,
            replica=None,
            replication=None,
            reverse_replication=None,
            audit=audit,
        )
    primary = _regional(settings, settings.region, Home.FIRST, activity.first, also_logged=recorded)
    both_ways = settings.replication is Ways.TWO_WAY
    replica = _regional(settings, settings.replica_region, Home.SECOND, activity.second)
    return Backend(
        settings=settings,
        primary=primary,
        replica=replica,
        replication=replication(settings, primary.bucket, replica.bucket),
        reverse_replication=replication(settings, replica.bucket, primary.bucket) if both_ways else None,
        audit=audit,
    )


def _regional(
    settings: Settings, region: str, home: Home, standby: Standby, *, also_logged: Sequence[str] = ()
) -> RegionalBackend:
    bucket = state_bucket(settings, region)
    return RegionalBackend(
        region=region,
        bucket=bucket,
        logged=(bucket.arn, *also_logged),
        log_bucket=log_bucket(settings, region) if settings.access_logs else None,
        key=encryption_key(settings, region) if settings.encryption is Encryption.KMS else None,
        table=lock_table(settings, region) if settings.lock.uses_table else None,
        home=home,
        standby=standby,
        takes_replicas=home is Home.SECOND or settings.replication is Ways.TWO_WAY,
    )

"""How much of a backend there is and how much it is used, in the terms that AWS bills by. Plain values only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from blueprint.audit_trail import audit_trail
from settings.model import Encryption, Lock, NoncurrentTransition, Settings, Ways

STANDARD = "STANDARD"
MOVABLE_BYTES = 128 * 1024
"""Lifecycle moves nothing smaller, and the cheaper classes bill no less for an object.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""
ANY_RANK = 10**9
"""The rank of a version that is older than all that are kept for their number."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be measured.

    :param why: the reason, in words that fit behind a colon.
    """

    why: str


NOT_THERE = Unread("it is not there yet")


class Retention(NamedTuple):
    """When S3 deletes a noncurrent version: once it is older than ``days`` and ``newest`` newer ones are there."""

    days: int
    newest: int


class Amount(NamedTuple):
    """So many objects.

    :param objects: how many.
    :param bytes: their size.
    :param billed: their size where each counts as :data:`MOVABLE_BYTES` at least.
    """

    objects: int = 0
    bytes: int = 0
    billed: int = 0

    @classmethod
    def of(cls, size: int) -> Self:
        """One object."""
        return cls(1, size, max(size, MOVABLE_BYTES))

    def plus(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(self.objects + other.objects, self.bytes + other.bytes, self.billed + other.billed)


NONE = Amount()


def total(amounts: Iterable[Amount]) -> Amount:
    """All of them together."""
    added = NONE
    for amount in amounts:
        added = added.plus(amount)
    return added


class Cohort(NamedTuple):
    """Noncurrent versions that S3's lifecycle treats alike.

    :param storage_class: where they are.
    :param movable: whether they are large enough to be moved.
    :param age: whole days since they became noncurrent.
    :param rank: how many of their key's noncurrent versions are newer or the same, rounded up to the next number
        that a retention names; :data:`ANY_RANK` beyond the last.
    """

    storage_class: str
    movable: bool
    age: int
    rank: int


@dataclass(frozen=True, kw_only=True)
class BucketUsage:
    """What is in one region's state bucket, and what was written there.

    :param current: current states, by storage class.
    :param noncurrent: noncurrent versions of states.
    :param lockfiles: versions of lockfiles, current or not.
    :param delete_markers: of states and lockfiles; S3 bills the length of their keys.
    :param written: versions of states written in the last ``window_days``.
    :param window_days: the days that are long enough to count, and short enough that nothing was deleted yet.
    :param locked: versions of lockfiles written in the last 24 hours: lifecycle leaves them no longer.
    :param longer: by a longer retention, the versions that it would keep besides, at the pace of now.
    """

    current: Mapping[str, Amount] = field(default_factory=dict)
    noncurrent: Mapping[Cohort, Amount] = field(default_factory=dict)
    lockfiles: Amount = NONE
    delete_markers: Amount = NONE
    written: Amount = NONE
    window_days: int = 30
    locked: Amount = NONE
    longer: Mapping[Retention, Mapping[Cohort, Amount]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TableUsage:
    """What one region's lock table holds, and what was asked of it in 30 days.

    :param bytes: its size.
    :param read_units: read request units.
    :param write_units: write request units.
    """

    bytes: int | Unread
    read_units: int | Unread
    write_units: int | Unread


@dataclass(frozen=True, kw_only=True)
class KeyUsage:
    """A customer key.

    :param region: where it is.
    :param audit: whether it is the audit trail's.
    :param rotations: how often it was rotated.
    """

    region: str
    audit: bool
    rotations: int | Unread


@dataclass(frozen=True, kw_only=True)
class RequestUsage:
    """What was asked of the bucket in 30 days, where its request metrics are on.

    :param reads: GET and HEAD requests.
    :param lists: LIST requests.
    :param metrics: custom metrics that the request metrics are billed as; 0 where they are off.
    """

    reads: int | Unread = Unread("request metrics are off")
    lists: int | Unread = Unread("request metrics are off")
    metrics: int | Unread = 0


@dataclass(frozen=True, kw_only=True)
class TrailUsage:
    """What the audit trail holds and took in.

    :param bucket_bytes: what its bucket holds.
    :param ingested_bytes: what went into its log group in 30 days.
    :param alarm_hours: hours of the last 720 in which the metric of an alarm had data, all alarms together.
    """

    bucket_bytes: int | Unread = NOT_THERE
    ingested_bytes: int | Unread = NOT_THERE
    alarm_hours: int | Unread = NOT_THERE


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a backend is made of, as far as it costs.

    :param region: the first region.
    :param lock: what Terraform takes.
    :param encryption: ``None`` where nobody says.
    :param replica_region: the second region, if there is one.
    :param retention: ``None`` where nobody says.
    :param transition: where noncurrent versions move.
    :param access_log_days: how long access logs stay; ``None`` without any.
    :param audit_days: how long the trail of this stack stays; ``None`` without one of its own.
    :param alarms: how many alarms on the trail there are.
    :param ways: which ways states are replicated, where there is a second region.
    """

    region: str
    lock: Lock
    encryption: Encryption | None = None
    replica_region: str | None = None
    retention: Retention | None = None
    transition: NoncurrentTransition | None = None
    access_log_days: int | None = None
    audit_days: int | None = None
    alarms: int = 0
    ways: Ways = Ways.ONE_WAY

    @property
    def replications(self) -> int:
        """How many replication rules there are."""
        if self.replica_region is None:
            return 0
        return 2 if self.ways is Ways.TWO_WAY else 1

    @property
    def regions(self) -> tuple[str, ...]:
        """The first, and the second if there is one."""
        return (self.region, self.replica_region) if self.replica_region else (self.region,)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was measured of a backend as it is now.

    :param setup: what it is made of.
    :param primary: the state bucket of the first region.
    :param replica: that of the second.
    :param tables: the lock tables by region.
    :param keys: the customer keys.
    :param requests: what was asked of the first region's bucket.
    :param access_log_bytes: what the log buckets hold, by region.
    :param trail: the audit trail.
    """

    setup: Setup
    primary: BucketUsage
    replica: BucketUsage | Unread = NOT_THERE
    tables: Mapping[str, TableUsage] = field(default_factory=dict)
    keys: tuple[KeyUsage, ...] = ()
    requests: RequestUsage = field(default_factory=RequestUsage)
    access_log_bytes: Mapping[str, int | Unread] = field(default_factory=dict)
    trail: TrailUsage = field(default_factory=TrailUsage)


def setup_of(settings: Settings) -> Setup:
    """What a stack with these settings is made of."""
    audit = audit_trail(settings)
    return Setup(
        region=settings.region,
        lock=settings.lock,
        encryption=settings.encryption,
        replica_region=settings.replica_region,
        retention=Retention(settings.noncurrent_version_days, settings.newer_noncurrent_versions),
        transition=settings.noncurrent_transition,
        access_log_days=settings.access_log_days if settings.access_logs else None,
        audit_days=audit.days if audit and audit.recording else None,
        alarms=len(audit.alarms) if audit else 0,
        ways=settings.replication,
    )

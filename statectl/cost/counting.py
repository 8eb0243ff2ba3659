"""Counts a bucket's versions as they are listed, one key at a time: no more is kept than the counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from blueprint.traffic import MONTH_DAYS
from blueprint.usage import ANY_RANK, MOVABLE_BYTES, NONE, STANDARD, Amount, BucketUsage, Cohort, Retention
from settings.model import NoncurrentTransition
from statefile.keys import state_of_lockfile
from store.bucket import StoredVersion

Kind = TypeVar("Kind")


@dataclass(frozen=True, kw_only=True)
class Counting:
    """How versions are told apart.

    :param now: the moment that ages are counted from.
    :param retention: what the stack promises; ``None`` where nobody says.
    :param transition: where noncurrent versions move.
    :param ranks: the numbers of newest versions to tell apart, ascending.
    :param longer: the longer retentions of which it is estimated what they would keep besides.
    """

    now: datetime
    retention: Retention | None = None
    transition: NoncurrentTransition | None = None
    ranks: Sequence[int] = ()
    longer: Sequence[Retention] = ()

    @property
    def window_days(self) -> int:
        """Days back in which nothing that was written can be deleted yet."""
        return min(MONTH_DAYS, self.retention.days) if self.retention else MONTH_DAYS


def count(versions: Iterable[StoredVersion], how: Counting) -> BucketUsage:
    """What is in a bucket.

    :param versions: all of it, by key, within a key newest first.
    """
    counts = _Counts(how)
    for key, of_key in groupby(versions, key=lambda version: version.key):
        if state_of_lockfile(key) is None:
            counts.add_state(of_key)
        else:
            counts.add_lockfile(of_key)
    return BucketUsage(
        current=counts.current,
        noncurrent=counts.noncurrent,
        lockfiles=counts.lockfiles,
        delete_markers=counts.delete_markers,
        written=counts.written,
        window_days=how.window_days,
        locked=counts.locked,
        longer=counts.longer,
    )


@dataclass
class _Counts:
    how: Counting
    current: dict[str, Amount] = field(default_factory=dict)
    noncurrent: dict[Cohort, Amount] = field(default_factory=dict)
    lockfiles: Amount = NONE
    delete_markers: Amount = NONE
    written: Amount = NONE
    locked: Amount = NONE
    longer: dict[Retention, dict[Cohort, Amount]] = field(default_factory=dict)

    def add_state(self, versions: Iterable[StoredVersion]) -> None:
        since: datetime | None = None
        seen: Counter[str] = Counter()
        for version in versions:
            superseded, since = since, version.modified
            age = (self.how.now - superseded).days if superseded else 0
            if version.deleted:
                self.delete_markers = self.delete_markers.plus(_marker(version))
                continue
            amount = Amount.of(version.size)
            if version.modified > self.how.now - timedelta(days=self.how.window_days):
                self.written = self.written.plus(amount)
            if version.latest:
                _add(self.current, version.storage_class, amount)
                continue
            seen["versions"] += 1
            seen["bytes"] += version.size
            seen["young"] += self.how.retention is not None and age < self.how.retention.days
            rank = next((rank for rank in self.how.ranks if rank >= seen["versions"]), ANY_RANK)
            cohort = Cohort(version.storage_class, version.size >= MOVABLE_BYTES, max(0, age), rank)
            _add(self.noncurrent, cohort, amount)
        if self.how.retention is not None and seen["versions"]:
            self._add_longer(self.how.retention, seen)

    def add_lockfile(self, versions: Iterable[StoredVersion]) -> None:
        for version in versions:
            if version.deleted:
                self.delete_markers = self.delete_markers.plus(_marker(version))
                continue
            amount = Amount.of(version.size)
            self.lockfiles = self.lockfiles.plus(amount)
            if version.modified > self.how.now - timedelta(days=1):
                self.locked = self.locked.plus(amount)

    def _add_longer(self, now: Retention, seen: Counter[str]) -> None:
        size = seen["bytes"] // seen["versions"]
        transition, movable = self.how.transition, size >= MOVABLE_BYTES
        moves = transition is not None and movable and now.days >= transition.days
        storage_class = transition.storage_class.value if transition and moves else STANDARD
        for then in self.how.longer:
            more = _more(seen["versions"], seen["young"], now, then)
            if more:
                cohort = Cohort(
                    storage_class, movable, now.days, ANY_RANK if then.days > now.days else then.newest
                )
                amount = Amount(more, more * size, more * max(size, MOVABLE_BYTES))
                _add(self.longer.setdefault(then, {}), cohort, amount)


def _more(versions: int, young: int, now: Retention, then: Retention) -> int:
    """The versions of one key that a longer retention would keep besides.

    :param versions: its noncurrent versions.
    :param young: those that are kept for their age: the pace at which it is written.
    """
    if then.days > now.days:
        return max(0, young * then.days // now.days - max(young, now.newest))
    if versions < now.newest:
        # None was deleted yet for being one too many.
        return 0
    return max(0, then.newest - max(young, now.newest))


def _marker(version: StoredVersion) -> Amount:
    """S3 bills the length of its key (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html)."""
    return Amount(1, len(version.key.encode()), 0)


def _add(counts: dict[Kind, Amount], kind: Kind, amount: Amount) -> None:
    counts[kind] = counts.get(kind, NONE).plus(amount)

"""What would be in a bucket under another lifecycle."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from blueprint.usage import NONE, STANDARD, Amount, BucketUsage, Cohort, Retention, Setup, Unread, Usage
from settings.model import NoncurrentTransition

MOST_NEWEST = 100
"""The most that S3 takes as ``NewerNoncurrentVersions``."""

Rule = TypeVar("Rule")


def shorter_and_longer(setup: Setup) -> tuple[tuple[Retention, ...], tuple[Retention, ...]]:
    """The retentions to compare with: half and double the days, half and double the versions."""
    if setup.retention is None:
        return (), ()
    days, newest = setup.retention
    least = setup.transition.days + 1 if setup.transition else 1
    halves = (Retention(max(days // 2, least), newest), Retention(days, max(newest // 2, 1)))
    doubles = (Retention(days * 2, newest), Retention(days, min(newest * 2, MOST_NEWEST)))
    shorter = tuple(half for half in halves if half < setup.retention)
    return shorter, tuple(double for double in doubles if double > setup.retention)


def retained(bucket: BucketUsage, retention: Retention) -> BucketUsage:
    """The bucket under another retention: without what it deletes, or with what it would keep besides."""
    kept = {
        cohort: amount
        for cohort, amount in bucket.noncurrent.items()
        if cohort.age < retention.days or cohort.rank <= retention.newest
    }
    for cohort, amount in bucket.longer.get(retention, {}).items():
        kept[cohort] = kept.get(cohort, NONE).plus(amount)
    return replace(bucket, noncurrent=kept)


def moved(bucket: BucketUsage, transition: NoncurrentTransition | None) -> BucketUsage:
    """The bucket as if its noncurrent versions had moved by this rule and no other."""
    there: dict[Cohort, Amount] = {}
    for cohort, amount in bucket.noncurrent.items():
        moves = transition is not None and cohort.movable and cohort.age >= transition.days
        storage_class = transition.storage_class.value if transition and moves else STANDARD
        new = cohort._replace(storage_class=storage_class)
        there[new] = there.get(new, NONE).plus(amount)
    return replace(bucket, noncurrent=there)


def everywhere(usage: Usage, change: Callable[[BucketUsage, Rule], BucketUsage], rule: Rule) -> Usage:
    """The same change in the buckets of both regions, which have the same lifecycle."""
    replica = usage.replica if isinstance(usage.replica, Unread) else change(usage.replica, rule)
    return replace(usage, primary=change(usage.primary, rule), replica=replica)

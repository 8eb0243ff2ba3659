"""A bucket's versions as S3's lifecycle sees them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from blueprint.cost import billed
from blueprint.traffic import Assumptions
from blueprint.usage import Amount, Cohort, Retention, Setup, Usage
from settings.model import Lock
from statectl.cost.counting import Counting, count
from statectl.cost.other_lifecycle import retained
from store.bucket import StoredVersion

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
KB, MB = 1024, 1024**2


def version(key: str, *, days: float, size: int = 0, latest: bool = False, deleted: bool = False) -> StoredVersion:
    return StoredVersion(
        key=key,
        version_id=str(days),
        modified=NOW - timedelta(days=days),
        latest=latest,
        deleted=deleted,
        size=0 if deleted else size,
        etag="",
        storage_class="" if deleted else "STANDARD",
    )


def test_versions_are_counted_by_what_the_lifecycle_sees_in_them() -> None:
    listed = [
        version("a.tfstate", days=1, size=MB, latest=True),
        version("a.tfstate", days=41, size=200 * KB),
        version("a.tfstate", days=100, size=10 * KB),
        version("a.tfstate.tflock", days=0.1, latest=True, deleted=True),
        version("a.tfstate.tflock", days=0.2, size=200),
        version("a.tfstate.tflock", days=1.5, size=200),
        version("b.tfstate", days=3, latest=True, deleted=True),
        version("b.tfstate", days=20, size=5),
    ]
    counted = count(iter(listed), Counting(now=NOW, retention=Retention(90, 20), ranks=(1, 20)))
    assert counted.current == {"STANDARD": Amount(1, MB, MB)}
    assert counted.noncurrent == {
        # Noncurrent since the next one was written.
        Cohort("STANDARD", True, 1, 1): Amount(1, 200 * KB, 200 * KB),
        Cohort("STANDARD", False, 41, 20): Amount(1, 10 * KB, 128 * KB),
        Cohort("STANDARD", False, 3, 1): Amount(1, 5, 128 * KB),
    }
    assert counted.lockfiles == Amount(2, 400, 2 * 128 * KB)
    assert counted.delete_markers == Amount(2, len("a.tfstate.tflock") + len("b.tfstate"), 0)
    assert counted.written == Amount(2, MB + 5, MB + 128 * KB)
    assert (counted.window_days, counted.locked.objects) == (30, 1)


def test_writes_are_counted_only_as_far_back_as_nothing_was_deleted_and_then_scaled() -> None:
    week = Retention(7, 1)
    listed = [version("a.tfstate", days=days, size=1, latest=days == 1) for days in range(1, 29)]
    counted = count(listed, Counting(now=NOW, retention=week))
    assert (counted.window_days, counted.written.objects) == (7, 6)
    setup = Setup(region="us-east-1", lock=Lock.LOCKFILE, retention=week)
    items = billed(Usage(setup=setup, primary=counted), setup, Assumptions())
    (puts,) = [item.quantity for item in items if item.what == "PUT of states"]
    assert puts.amount == Decimal(6 * 30) / 7
    assert "last 7 days, scaled to 30" in puts.how


gaps_and_sizes = st.tuples(st.integers(1, 4), st.integers(1, 10**6))
histories = st.lists(st.lists(gaps_and_sizes, min_size=1, max_size=12), max_size=4)


@given(histories, st.integers(1, 20), st.integers(1, 3), st.booleans())
@example([[(1, 1)] * 9], 6, 3, False)
def test_a_shorter_retention_leaves_exactly_the_versions_that_s3_would_leave(
    keys: list[list[tuple[int, int]]], days: int, newest: int, fewer: bool
) -> None:
    """``keys`` has, for each key, the days between its versions, newest first, with their sizes."""
    now, listed, kept = Retention(120, 3), [], 0
    then = Retention(120, newest) if fewer else Retention(days, 3)
    for number, gaps in enumerate(keys):
        age, since = 0, 0
        for index, (gap, size) in enumerate(gaps):
            since, age = age, age + gap
            listed.append(version(f"{number}.tfstate", days=age, size=size, latest=index == 0))
            if index > 0 and (since < then.days or index <= then.newest):
                kept += size
    counted = count(listed, Counting(now=NOW, retention=now, ranks=sorted({newest, 3})))
    left = retained(counted, then).noncurrent
    assert sum(amount.bytes for amount in left.values()) == kept


def test_a_longer_retention_keeps_more_at_the_pace_of_now() -> None:
    now, days, newest = Retention(10, 5), Retention(20, 5), Retention(10, 40)
    # Two versions a day: twenty are kept for their age. One so seldom written that five are kept for their number.
    often = [version("often", days=age / 2 - 0.1, size=100, latest=age == 1) for age in range(1, 22)]
    seldom = [version("seldom", days=age * 50, size=7, latest=age == 1) for age in range(1, 7)]
    few = [version("few", days=age * 50, size=9, latest=age == 1) for age in range(1, 4)]
    counted = count([*few, *often, *seldom], Counting(now=NOW, retention=now, ranks=(5,), longer=(days, newest)))

    def added(then: Retention) -> int:
        before = sum(amount.bytes for amount in counted.noncurrent.values())
        return sum(amount.bytes for amount in retained(counted, then).noncurrent.values()) - before

    # Twenty more of the first; of the second none is young; and the third never had more than are kept.
    assert added(days) == 20 * 100
    assert added(newest) == (40 - 20) * 100 + (40 - 5) * 7

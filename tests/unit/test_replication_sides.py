"""How far a state has come into the second region, decided from what is on both sides."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statectl.doctor.replicas import WITHIN
from statectl.replication.backlog import backlog, is_stuck
from statectl.replication.sides import Replicated, Side, StateSides, by_key, judge
from store.bucket import StoredObject

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEYS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6), unique=True)


def listed(keys: Iterable[str]) -> list[StoredObject]:
    """As S3 lists them: by their UTF-8."""
    return [
        StoredObject(key=key, size=1, modified=NOW, etag="", storage_class="STANDARD")
        for key in sorted(keys, key=str.encode)
    ]


@given(KEYS, KEYS)
def test_two_listings_become_one_with_every_key_once_and_on_its_sides(first: list[str], second: list[str]) -> None:
    merged = list(by_key(listed(first), listed(second)))
    assert [key for key, _, _ in merged] == sorted({*first, *second}, key=str.encode)
    for key, one, other in merged:
        assert (one is not None, other is not None) == (key in first, key in second)
        assert all(found is None or found.key == key for found in (one, other))


def side(
    serial: int | None = 1, *, content: str = "", lineage: str = "one", said: str | None = None, minutes: float = 1
) -> Side:
    return Side(
        size=1,
        modified=NOW - timedelta(minutes=minutes),
        version_id="v",
        etag="e",
        digest=f"{lineage}-{serial}-{content}",
        serial=serial,
        lineage=None if serial is None else lineage,
        problem="is cut off" if serial is None else None,
        replication=said,
    )


SIDES = st.builds(
    side,
    st.none() | st.integers(0, 3),
    content=st.sampled_from(["", "other"]),
    lineage=st.sampled_from(["one", "two"]),
    said=st.sampled_from([None, "PENDING", "FAILED", "COMPLETED", "REPLICA"]),
    minutes=st.floats(0, 60),
)


def sides(
    first: Side | None, second: Side | None, *, deleted: datetime | None = None, known: bool = True
) -> StateSides:
    status = judge(first, second, deleted, NOW, known=known)
    waits = int((NOW - first.modified).total_seconds()) if first else None
    return StateSides(
        key="k",
        workspace="default",
        expected=None,
        status=status,
        first=first,
        second=second,
        deleted=deleted,
        serials_behind=None,
        seconds_behind=waits,
    )


@pytest.mark.parametrize(
    ("first", "second", "known", "status"),
    [
        (side(2, said="PENDING"), side(2), True, Replicated.REPLICATED),
        (side(2, said=None), side(2), True, Replicated.REPLICATED),
        (side(2, said="PENDING"), side(1), True, Replicated.PENDING),
        (side(2, said="FAILED"), side(1), True, Replicated.FAILED),
        (side(2, said=None), side(1), True, Replicated.NEVER),
        (side(2, said="COMPLETED"), side(1), True, Replicated.FAILED),
        (side(2, said="PENDING"), None, True, Replicated.PENDING),
        (side(2, said="COMPLETED"), None, True, Replicated.FAILED),
        (side(2, said="PENDING"), side(3), False, Replicated.AHEAD),
        (side(2, said="PENDING"), side(1), False, Replicated.DIVERGED),
        (side(2, said="PENDING"), side(2, content="other"), False, Replicated.DIVERGED),
        (side(2), side(1, lineage="two"), False, Replicated.DIVERGED),
        (side(2, said="PENDING"), side(1, lineage="two"), True, Replicated.PENDING),
        (side(2, said="FAILED"), side(None), False, Replicated.FAILED),
        (None, side(1), True, Replicated.AHEAD),
    ],
)
def test_what_s3_says_counts_where_the_sides_do_not_tell_by_themselves(
    first: Side | None, second: Side | None, known: bool, status: Replicated
) -> None:
    assert judge(first, second, None, NOW, known=known) is status


def test_a_deletion_is_on_its_way_as_long_as_replication_may_take() -> None:
    old = side(1, minutes=60)
    assert judge(None, old, NOW - WITHIN, NOW, known=True) is Replicated.PENDING
    assert judge(None, old, NOW - WITHIN - timedelta(seconds=1), NOW, known=True) is Replicated.FAILED
    assert judge(None, old, NOW - timedelta(minutes=61), NOW, known=True) is Replicated.AHEAD
    assert judge(old, None, NOW - timedelta(minutes=1), NOW, known=True) is Replicated.AHEAD


@given(st.none() | SIDES, st.none() | SIDES, st.booleans())
def test_a_backfill_replaces_nothing_that_is_newer_or_was_never_in_the_first_region(
    first: Side | None, second: Side | None, known: bool
) -> None:
    if first is None and second is None:
        return
    row = sides(first, second, known=known)
    for brought in backlog([row]).states:
        assert brought.first is not None
        assert brought.first.problem is None
        if second is not None:
            assert second.serial is None or known
            assert second.digest != brought.first.digest
            newer = second.lineage == brought.first.lineage and (second.serial or 0) > (brought.first.serial or 0)
            assert not newer


@given(st.none() | SIDES, st.none() | SIDES, st.booleans())
def test_every_state_is_replicated_brought_over_or_left_with_a_reason(
    first: Side | None, second: Side | None, known: bool
) -> None:
    if first is None and second is None:
        return
    row = sides(first, second, known=known)
    found = backlog([row])
    counts = len(found.states) + len(found.left) + (row.status is Replicated.REPLICATED)
    assert counts == 1
    assert all(left.why for left in found.left)


def test_what_waits_for_longer_than_replication_may_take_is_brought_over_by_copy() -> None:
    waiting = sides(side(2, said="PENDING", minutes=14), side(1))
    assert not is_stuck(waiting)
    found = backlog([waiting])
    assert (found.states, found.problems) == ([], [])
    stuck = sides(side(2, said="PENDING", minutes=16), side(1))
    assert is_stuck(stuck)
    assert backlog([stuck]).lost == [stuck]

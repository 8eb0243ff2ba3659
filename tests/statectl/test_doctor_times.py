"""When a lock is old and when replication is late: what no emulated AWS can be made to wait for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from settings.model import Lock
from statectl.doctor.locks import Locks
from statectl.doctor.replicas import Replicas, why_not_replicated
from statectl.doctor.state_reading import ReadState
from statefile.keys import lockfile_key
from statefile.state import digest
from store.bucket import Content, StoredObject
from store.failures import DeniedError
from store.location import Location

NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEY = "prod/network/terraform.tfstate"
COPY = b"{}"

SECOND = Location(bucket="second", region="eu-west-1", lock=Lock.BOTH)


@dataclass
class Listing:
    """A bucket of the second region, as far as its listing goes."""

    keys: list[str]
    denied: bool = False
    location: Location = SECOND

    def objects(self) -> Iterator[StoredObject]:
        for key in self.keys:
            yield _object(key, NOW)
        if self.denied:
            raise DeniedError("access denied", action="s3:ListBucket", next_step="ask")

    def find(self, key: str) -> Content:
        return Content(key=key, body=COPY, etag="e", version_id="v", modified=NOW, replication=None)


@pytest.mark.parametrize(
    ("status", "age", "expected"),
    [
        ("PENDING", timedelta(minutes=14), None),
        ("PENDING", timedelta(minutes=16), "waiting for replication since 2026-01-01T23:44:00Z"),
        ("COMPLETED", timedelta(days=9), None),
        ("REPLICA", timedelta(days=9), None),
        ("FAILED", timedelta(0), "S3 could not replicate this version"),
        (None, timedelta(0), "no replication rule ever saw this version"),
    ],
)
def test_replication_may_take_a_quarter_of_an_hour(
    status: str | None, age: timedelta, expected: str | None
) -> None:
    state = ReadState(key=KEY, modified=NOW - age, replication=status)
    assert why_not_replicated(state, _replicas([KEY]), NOW) == expected


@pytest.mark.parametrize("status", [None, "FAILED"])
def test_a_copy_is_as_good_as_a_replica(status: str | None) -> None:
    state = ReadState(key=KEY, modified=NOW, replication=status, md5=digest(COPY))
    assert why_not_replicated(state, _replicas([KEY]), NOW) is None
    assert why_not_replicated(state, _replicas([]), NOW) is not None


def test_a_listing_is_looked_up_as_it_comes_and_says_nothing_once_it_breaks_off() -> None:
    replicas = _replicas(["a", "b", "d"])
    assert [replicas.holds(key) for key in ("a", "c", "d", "e")] == [True, False, True, False]
    broken = _replicas(["a"], denied=True)
    assert [broken.holds(key) for key in ("a", "b")] == [True, None]
    assert broken.failure is not None
    gone = ReadState(key="b", modified=NOW, replication="COMPLETED")
    assert why_not_replicated(gone, broken, NOW) is None


def test_a_lockfile_is_as_old_as_its_object_and_belongs_to_the_state_before_it() -> None:
    locks = Locks()
    locks.pass_by(KEY)
    locks.pass_by(f"{KEY}-other")
    locks.pass_lockfile(_object(lockfile_key(KEY), NOW - timedelta(hours=25)), KEY)
    locks.pass_lockfile(_object(lockfile_key("x"), NOW - timedelta(hours=23)), "x")
    assert (locks.taken[KEY].is_old(NOW), locks.taken[KEY].has_state) == (True, True)
    assert (locks.taken["x"].is_old(NOW), locks.taken["x"].has_state) == (False, False)
    assert locks.taken[KEY].in_words() == "held in lockfile, since 2025-12-31T23:00:00Z"


def _replicas(keys: list[str], *, denied: bool = False) -> Replicas:
    listing: Any = Listing(keys, denied)
    return Replicas(listing)


def _object(key: str, modified: datetime) -> StoredObject:
    return StoredObject(key=key, size=1, modified=modified, etag="e", storage_class="STANDARD")

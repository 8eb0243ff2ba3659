"""``statectl doctor --probe`` takes a real lock of each kind, and leaves nothing."""

from typing import Any

import pytest

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from statectl.exit_code import ExitCode
from store.lock_table import LockTable
from store.lockfiles import Lockfiles
from tests.statectl.doctor_stack import ADMINISTRATOR, REVIEWER, doctor_stack, somebody
from tests.statectl.stack import Stack

PROBE = ("doctor", "--probe", "--only", "probe")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Stack:
    return doctor_stack(tmp_path_factory, engine, emulator)


def test_a_lock_can_be_taken_once_cannot_be_overwritten_and_goes(own: Stack) -> None:
    told = somebody(own, ADMINISTRATOR).do(*PROBE)
    assert "Acting as arn:aws:sts::100000000021:assumed-role/platform-admin/" in told.err
    assert "Looked at 5 things; all are in order." in told.err
    _nothing_is_left(own)


def test_each_kind_of_lock_excludes_and_nothing_is_left_though_a_lockfile_was_overwritten(
    stack: Stack,
) -> None:
    """No policy binds the emulated AWS's root, so that it can do what the probe tries: overwrite a lockfile."""
    found = {row["id"]: row["found"] for row in stack.operator().json(*PROBE)}
    overwritten = {"probe.overwrite": "it was overwritten"} if stack.lock is not Lock.DYNAMODB else {}
    assert found == overwritten
    _nothing_is_left(stack)


@pytest.mark.parametrize("place", [Lockfiles, LockTable])
def test_a_lock_that_two_can_take_is_found_and_freed(
    own: Stack, monkeypatch: pytest.MonkeyPatch, place: type[Any]
) -> None:
    """A place that lets everyone in, as a table would that is replicated and written in two regions."""
    take = place.take

    def take_anyway(self: Any, key: str, info: Any) -> Any:
        held = self.read(key)
        if held is not None:
            self.free(held)
        return take(self, key, info)

    monkeypatch.setattr(place, "take", take_anyway)
    told = somebody(own, ADMINISTRATOR).run(*PROBE, "--json")
    assert [(row["id"], row["setting"], row["severity"]) for row in told.json()] == [
        ("probe.exclusive", f"exclusive: {place.kind}", "high")
    ]
    assert told.code == ExitCode.FOUND
    _nothing_is_left(own)


@pytest.mark.parametrize(
    ("denied", "id_"),
    [
        ("s3:PutObject", "probe.lock"),
        ("dynamodb:PutItem", "probe.lock"),
        ("dynamodb:DeleteItem", "probe.digest"),
        ("s3:DeleteObject", "probe.free"),
    ],
)
def test_whoever_may_not_lock_is_told_which_action_is_missing(own: Stack, denied: str, id_: str) -> None:
    told = somebody(own, REVIEWER, denied).run(*PROBE, "--json")
    rows = told.json()
    assert {row["kind"] for row in rows} == {"not-checked"}
    assert {row["action"] for row in rows} == {denied}
    assert id_ in {row["id"] for row in rows}
    if denied.endswith(("DeleteItem", "DeleteObject")):
        assert "may still be there" in told.err
        _clean(own)
    _nothing_is_left(own)


def _nothing_is_left(stack: Stack) -> None:
    assert "Contents" not in stack.s3().list_objects_v2(Bucket=stack.bucket, Prefix="statectl-probe/")
    if stack.lock is not Lock.LOCKFILE:
        items = stack.dynamodb().scan(TableName=stack.table)["Items"]
        assert not [item for item in items if "statectl-probe" in item["LockID"]["S"]]


def _clean(stack: Stack) -> None:
    for left in stack.s3().list_objects_v2(Bucket=stack.bucket, Prefix="statectl-probe/").get("Contents", ()):
        stack.s3().delete_object(Bucket=stack.bucket, Key=left["Key"])
    for item in stack.dynamodb().scan(TableName=stack.table)["Items"]:
        if "statectl-probe" in item["LockID"]["S"]:
            stack.dynamodb().delete_item(TableName=stack.table, Key={"LockID": item["LockID"]})


def test_a_dry_run_says_what_would_be_locked_and_locks_nothing(own: Stack) -> None:
    before = own.s3().list_object_versions(Bucket=own.bucket, Prefix="statectl-probe/")
    told = somebody(own, ADMINISTRATOR).do(*PROBE, "--dry-run")
    assert "Would take and free the lock of statectl-probe/" in told.err
    after = own.s3().list_object_versions(Bucket=own.bucket, Prefix="statectl-probe/")
    assert after.get("Versions") == before.get("Versions")

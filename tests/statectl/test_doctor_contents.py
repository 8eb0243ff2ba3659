"""``statectl doctor`` on what the backend holds: states, locks, digests, and what does not belong."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from statectl.exit_code import ExitCode
from statefile.keys import digest_id, lock_id, lockfile_key, workspace_key
from statefile.state import digest
from store.lock_table import LockTable
from tests.access.stack import apply
from tests.statectl.doctor_stack import REVIEWER, doctor_stack, somebody
from tests.statectl.stack import Stack

NETWORK, DATABASE = "prod/network/terraform.tfstate", "prod/database/terraform.tfstate"
SECRET = "hunter2"
STATE = json.dumps(
    {"version": 4, "terraform_version": "1.15.5", "serial": 1, "lineage": "l", "outputs": {}, "resources": []}
).encode()
ONLY = [f"--only={kind}" for kind in ("state", "object", "lock", "digest")]


class Held:
    """What a stack holds, written by hand."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.replica = str(stack.outputs["replica_bucket_name"])
        self.second = stack.deployment.client("s3", "eu-west-1")
        self.s3, self.dynamodb = stack.s3(), stack.dynamodb()

    def put(self, key: str, body: bytes = STATE) -> None:
        self.s3.put_object(Bucket=self.stack.bucket, Key=key, Body=body, IfNoneMatch="*")

    def item(self, item_id: str, **values: str) -> None:
        item = {"LockID": {"S": item_id}, **{name: {"S": value} for name, value in values.items()}}
        self.dynamodb.put_item(TableName=self.stack.table, Item=item)

    def found(self) -> list[tuple[str, str]]:
        """What the doctor finds: ids and resources."""
        return [(row["id"], row["resource"]) for row in self.rows()]

    def rows(self) -> list[dict[str, Any]]:
        told = self.stack.operator().run("doctor", "--json", *ONLY)
        rows: list[dict[str, Any]] = told.json()
        assert told.code == (ExitCode.FOUND if rows else ExitCode.FINE)
        assert SECRET not in told.out + told.err
        return rows

    def wipe(self) -> None:
        for s3, bucket in ((self.s3, self.stack.bucket), (self.second, self.replica)):
            pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
            for page in list(pages):
                for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        for item in self.dynamodb.scan(TableName=self.stack.table)["Items"]:
            self.dynamodb.delete_item(TableName=self.stack.table, Key={"LockID": item["LockID"]})


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Iterator[Held]:
    """A stack that holds nothing, before and after."""
    held = Held(doctor_stack(tmp_path_factory, engine, emulator))
    yield held
    held.wipe()


def test_what_terraform_wrote_is_in_order_its_workspaces_too(held: Held) -> None:
    here = held.stack.terraform(NETWORK)
    here.do(apply("first", "-auto-approve"))
    held.put(workspace_key("blue", NETWORK))
    assert held.found() == []


def test_a_state_that_the_lock_table_does_not_remember_is_found(held: Held) -> None:
    held.put(NETWORK)
    held.item(digest_id(held.stack.bucket, NETWORK), Digest=digest(b"another"))
    (row,) = held.rows()
    assert (row["id"], row["resource"], row["severity"]) == ("state.digest", NETWORK, "high")
    assert (row["expected"], row["found"]) == (f"MD5 {digest(b'another')}", f"MD5 {digest(STATE)}")
    assert row["fix"] == f"statectl recover {NETWORK}"


def test_a_state_that_is_written_while_the_doctor_looks_is_no_mismatch(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.put(NETWORK)
    held.item(digest_id(held.stack.bucket, NETWORK), Digest=digest(STATE))
    scan = LockTable.all
    newer = STATE.replace(b'"serial": 1', b'"serial": 2')

    def scanned_before_the_write(table: LockTable, prefix: str = "") -> Iterator[Any]:
        yield from list(scan(table, prefix))
        held.s3.put_object(Bucket=held.stack.bucket, Key=NETWORK, Body=newer)
        held.item(digest_id(held.stack.bucket, NETWORK), Digest=digest(newer))

    monkeypatch.setattr(LockTable, "all", scanned_before_the_write)
    assert held.found() == []


@pytest.mark.parametrize("body", [b"", b"{", b"\x00\x01", f'{{"{SECRET}": '.encode(), STATE[:40], b"[]" * 5000])
def test_a_state_that_cannot_be_read_is_found_and_none_of_it_is_shown(held: Held, body: bytes) -> None:
    held.put(NETWORK, body)
    assert held.found() == [("state.unreadable", NETWORK)]


def test_a_state_that_was_deleted_is_found_and_one_that_never_was_is_not(held: Held) -> None:
    held.put(NETWORK)
    held.s3.delete_object(Bucket=held.stack.bucket, Key=NETWORK)
    assert held.found() == [("state.deleted", NETWORK)]


def test_what_no_stack_expects_is_found(held: Held) -> None:
    held.put("stage/old/terraform.tfstate")
    held.put("prod/network/notes.txt", b"to do")
    assert held.found() == [
        ("state.unexpected", "stage/old/terraform.tfstate"),
        ("object.unexpected", "prod/network/notes.txt"),
    ]


def test_a_lock_or_a_digest_without_a_state_is_found(held: Held) -> None:
    held.put(lockfile_key(NETWORK), json.dumps({"ID": "a"}).encode())
    held.item(digest_id(held.stack.bucket, DATABASE), Digest=digest(STATE))
    assert held.found() == [("digest.stray", DATABASE), ("lock.stray", NETWORK)]


def test_a_lock_that_is_held_for_more_than_a_day_is_found_once_and_a_young_one_is_not(held: Held) -> None:
    for key, age in ((NETWORK, timedelta(hours=25)), (DATABASE, timedelta(hours=1))):
        held.put(key)
        held.put(lockfile_key(key), b"{}")
        created = (datetime.now(UTC) - age).isoformat()
        held.item(lock_id(held.stack.bucket, key), Info=json.dumps({"ID": "a", "Created": created}))
    (row,) = held.rows()
    assert (row["id"], row["resource"]) == ("lock.old", NETWORK)
    assert "held in lockfile, table, since" in row["found"]


def test_a_state_that_is_not_in_the_second_region_is_found_with_the_reason(held: Held) -> None:
    for key in (NETWORK, DATABASE):
        held.put(key)
    held.second.delete_object(Bucket=held.replica, Key=NETWORK)
    _replication(held, "Disabled")
    held.put("dev/network/terraform.tfstate")
    _replication(held, "Enabled")
    why = {row["resource"]: row["found"] for row in held.rows()}
    assert why == {
        NETWORK: f"replicated, and not in {held.replica} any more",
        "dev/network/terraform.tfstate": "no replication rule ever saw this version",
    }


def test_a_state_that_s3_could_not_replicate_is_found(held: Held) -> None:
    _versioning(held, "Suspended")
    held.put(NETWORK)
    _versioning(held, "Enabled")
    (row,) = held.rows()
    assert (row["id"], row["found"]) == ("state.unreplicated", "S3 could not replicate this version")


def test_states_that_may_not_be_read_are_told_of_once_and_hide_nothing_else(held: Held) -> None:
    for key in (NETWORK, DATABASE):
        held.put(key)
    held.put("notes.txt")
    told = somebody(held.stack, REVIEWER, "s3:GetObject").json("doctor", *ONLY)
    assert [(row["kind"], row["id"]) for row in told] == [
        ("problem", "object.unexpected"),
        ("not-checked", "state.unreadable"),
        ("not-checked", "state.digest"),
        ("not-checked", "state.unreplicated"),
    ]
    assert {row["action"] for row in told[1:]} == {"s3:GetObject"}
    assert "the first of 2 states" in told[1]["found"]


def test_it_asks_once_for_each_state_and_once_for_each_thousand_of_a_listing(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        held.put(workspace_key(f"w{number:02}", NETWORK))
    asked: Counter[str] = Counter()
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def counted(client: BaseClient, operation: str, arguments: Any) -> Any:
        asked[operation] += 1
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    assert held.found() == []
    never_written, record_of_failovers = 3, 1
    assert asked == {
        "GetCallerIdentity": 1,
        "ListObjectsV2": 2,
        "Scan": 1,
        "GetObject": 40 + record_of_failovers,
        "ListObjectVersions": never_written,
    }


def _replication(held: Held, status: str) -> None:
    given = held.s3.get_bucket_replication(Bucket=held.stack.bucket)["ReplicationConfiguration"]
    given["Rules"][0]["Status"] = status
    held.s3.put_bucket_replication(Bucket=held.stack.bucket, ReplicationConfiguration=given)


def _versioning(held: Held, status: str) -> None:
    held.second.put_bucket_versioning(Bucket=held.replica, VersioningConfiguration={"Status": status})

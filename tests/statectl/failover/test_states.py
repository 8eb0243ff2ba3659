"""States in every condition when the first region goes: what is moved, what stays, and what is said of each."""

import json
import uuid
from typing import Any

import pytest

from blueprint.standby import Home
from statectl.exit_code import ExitCode
from statefile.keys import workspace_key
from statefile.state import digest
from tests.faults.call import Call
from tests.faults.fault import Break, Fault
from tests.faults.proxy import Proxy
from tests.faults.region import Mode, Region
from tests.faults.slow_replication import SlowReplication
from tests.statectl.failover.acts import LOCK, lock, outcomes, put, start, writes
from tests.statectl.failover.regions import KEY, Regions
from tests.statectl.regions import state

FIRST, SECOND = Home.FIRST, Home.SECOND


def test_what_the_second_region_lacks_is_brought_over(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    with SlowReplication(regions.deployment.emulator, regions.bucket(FIRST)) as replication:
        put(regions, FIRST, state(6))
        put(regions, FIRST, state(1, lineage=str(uuid.uuid4())), "prod/database/terraform.tfstate")
        plan = {row["key"]: row for row in regions.operator().json("failover", "plan")}
        assert (plan[KEY]["verdict"], plan[KEY]["behind"], plan[KEY]["serial"]) == ("behind", 2, 6)
        code, rows = start(regions)
        replication.release()
    assert code == ExitCode.FINE
    assert outcomes(rows) == {KEY: "brought", "prod/database/terraform.tfstate": "brought"}
    assert rows[KEY]["behind"] == 2
    assert regions.body(SECOND) == state(6)
    assert regions.digest(SECOND) == digest(state(6))


def test_what_replication_brings_late_does_not_bury_newer_work(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    with SlowReplication(regions.deployment.emulator, regions.bucket(FIRST)) as replication:
        put(regions, FIRST, state(5))
        code, _ = start(regions)
        assert code == ExitCode.FINE
        assert writes(regions, SECOND)
        replication.release()
    assert json.loads(regions.body(SECOND) or b"{}")["serial"] == 99


def test_a_locked_state_stays_where_its_holder_writes_and_moves_when_the_lock_is_broken(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    lock(regions, FIRST)
    assert {row["key"]: row["verdict"] for row in regions.operator().json("failover", "plan")}[KEY] == "locked"
    code, rows = start(regions)
    assert (code, outcomes(rows)) == (ExitCode.LOCKED, {KEY: "locked"})
    assert "gone@host holds the lock stuck" in rows[KEY]["detail"]
    assert writes(regions, FIRST)
    assert not writes(regions, SECOND)
    assert regions.lockfile(FIRST) == LOCK

    code, rows = start(regions, "--break-locks")
    assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "moved"})
    assert rows[KEY]["broke"] == ["gone@host (stuck)"]
    assert not writes(regions, FIRST)
    assert writes(regions, SECOND)
    assert regions.lockfile(SECOND) is None
    held = regions.lockfile(FIRST) or {}
    assert held["Operation"] == "statectl failover"


def test_whoever_is_at_work_can_end_it_while_everything_else_moves(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    lock(regions, FIRST)
    could_write = []

    def look(call: Call) -> None:
        if call.operation == "PUT" and "policy" in call.query:
            could_write.append(writes(regions, FIRST))

    with Proxy(regions.deployment.emulator, afterwards=look) as proxy:
        code, rows = start(regions, AWS_ENDPOINT_URL=proxy.endpoint)
    assert (code, outcomes(rows)) == (ExitCode.LOCKED, {KEY: "locked"})
    assert could_write
    assert all(could_write)
    regions.clear_locks(FIRST)
    assert outcomes(start(regions)[1]) == {KEY: "moved"}


def test_a_state_that_was_deleted_is_deleted_there_too_and_its_versions_stay(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    with SlowReplication(regions.deployment.emulator, regions.bucket(FIRST)) as replication:
        regions.s3(FIRST).delete_object(Bucket=regions.bucket(FIRST), Key=KEY)
        code, rows = start(regions)
        replication.release()
    assert (code, rows[KEY]["outcome"], rows[KEY]["serial"]) == (ExitCode.FINE, "brought", None)
    assert regions.body(SECOND) is None
    found = regions.s3(SECOND).list_object_versions(Bucket=regions.bucket(SECOND), Prefix=KEY)
    assert [item["Key"] for item in found["Versions"]] == [KEY]
    assert regions.digest(SECOND) is None


def test_a_copy_that_is_all_that_is_left_of_a_state_is_kept(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    s3, bucket = regions.s3(FIRST), regions.bucket(FIRST)
    for found in s3.list_object_versions(Bucket=bucket, Prefix=KEY)["Versions"]:
        s3.delete_object(Bucket=bucket, Key=KEY, VersionId=found["VersionId"])
    code, rows = start(regions)
    assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "moved"})
    assert "no trace" in rows[KEY]["detail"]
    assert regions.body(SECOND) == state(4)
    assert regions.digest(SECOND) == digest(state(4))


def test_a_state_that_the_second_region_does_not_have_is_unknown_and_not_absent_while_the_first_is_gone(
    regions: Regions,
) -> None:
    operator = regions.operator()
    plan = {row["key"]: row for row in operator.json("failover", "plan", "--first-lost")}
    assert plan[KEY]["verdict"] == "unknown"
    assert "eu-west-1 has no such state" in plan[KEY]["detail"]


def test_a_region_whose_lock_table_alone_is_gone_counts_as_gone(regions: Regions) -> None:
    put(regions, FIRST, state(4))

    def rule(call: Call) -> Fault | None:
        return Break.BEFORE if (call.service, call.region) == ("dynamodb", regions.region(FIRST)) else None

    with Proxy(regions.deployment.emulator, rule=rule) as proxy:
        code, rows = start(regions, AWS_ENDPOINT_URL=proxy.endpoint, AWS_MAX_ATTEMPTS="2")
    assert (code, rows[KEY]["outcome"]) == (ExitCode.FINE, "uncompared")


def test_a_state_that_was_half_uploaded_is_what_it_was_before(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    s3, named = regions.s3(FIRST), {"Bucket": regions.bucket(FIRST), "Key": KEY}
    upload = s3.create_multipart_upload(**named)["UploadId"]
    part = s3.upload_part(**named, UploadId=upload, PartNumber=1, Body=state(5))
    code, rows = start(regions)
    assert (code, outcomes(rows), rows[KEY]["serial"]) == (ExitCode.FINE, {KEY: "moved"}, 4)
    late = regions.client("s3", FIRST, "pipeline")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    with pytest.raises(late.exceptions.ClientError, match="AccessDenied"):
        late.complete_multipart_upload(**named, UploadId=upload, MultipartUpload=parts)


@pytest.mark.parametrize("body", [b"", b"\x00\x01", state(4)[:40]])
def test_what_is_no_state_stays_and_is_named(regions: Regions, body: bytes) -> None:
    put(regions, FIRST, body)
    code, rows = start(regions)
    assert (code, outcomes(rows)) == (ExitCode.FOUND, {KEY: "unreadable"})
    assert "statectl recover" in rows[KEY]["detail"]
    assert writes(regions, FIRST)


def test_a_state_that_terraform_did_not_recognise_any_more_is_moved_and_named(regions: Regions) -> None:
    put(regions, FIRST, state(4), remembered=digest(b"another"))
    code, rows = start(regions)
    assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "moved"})
    assert "its digest in eu-central-1 was another" in rows[KEY]["detail"]
    assert regions.digest(SECOND) == digest(state(4))


def test_a_state_moves_with_its_workspaces_or_not_at_all(regions: Regions) -> None:
    blue = workspace_key("blue", KEY)
    put(regions, FIRST, state(4))
    put(regions, FIRST, state(7, lineage=str(uuid.uuid4())), blue)
    lock(regions, FIRST, blue)
    code, rows = start(regions, "prod/network")
    assert (code, outcomes(rows)) == (ExitCode.FOUND, {KEY: "failed", blue: "locked"})
    assert writes(regions, FIRST)
    assert writes(regions, FIRST, blue)
    assert regions.lockfile(FIRST) is None

    code, rows = start(regions, "prod/network", "--break-locks")
    assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "moved", blue: "moved"})
    for key in (KEY, blue):
        assert writes(regions, SECOND, key)
        assert not writes(regions, FIRST, key)


def test_some_states_move_and_the_others_are_written_where_they_were(regions: Regions) -> None:
    other = "prod/database/terraform.tfstate"
    for key in (KEY, other):
        put(regions, FIRST, state(4), key)
    code, rows = start(regions, "prod/network")
    assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "moved"})
    assert (writes(regions, FIRST), writes(regions, SECOND)) == (False, True)
    assert (writes(regions, FIRST, other), writes(regions, SECOND, other)) == (True, False)
    where = {row["key"]: row["region"] for row in regions.operator().json("failover", "status")}
    assert (where[KEY], where[other]) == ("eu-west-1", "eu-central-1")

    assert start(regions)[0] == ExitCode.FINE
    code, rows = start(regions, "prod/database", command="failback")
    assert (code, outcomes(rows)) == (ExitCode.FINE, {other: "moved"})
    assert (writes(regions, FIRST, other), writes(regions, SECOND, other)) == (True, False)
    assert (writes(regions, FIRST), writes(regions, SECOND)) == (False, True)


def test_the_first_region_is_gone_comes_back_closed_and_says_what_never_arrived(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    with SlowReplication(regions.deployment.emulator, regions.bucket(FIRST)) as replication:
        put(regions, FIRST, state(5))
        replication.drop()
        region = Region(regions.region(FIRST))
        region.cut(Mode.REFUSED)
        with Proxy(regions.deployment.emulator, rule=region.rule, afterwards=region.afterwards) as proxy:
            there = {"AWS_ENDPOINT_URL": proxy.endpoint, "AWS_MAX_ATTEMPTS": "2"}
            code, rows = start(regions, **there)
            assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "uncompared"})
            assert writes(regions, SECOND)
            status = regions.operator().with_variables(**there).run("failover", "status")
            assert status.code == ExitCode.FOUND
            assert "eu-central-1 was not reached" in status.err
            region.restore()
            assert writes(regions, FIRST), "nobody could tell it"
            put(regions, FIRST, state(5))
            code, rows = start(regions, **there)
        assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "there"})
        assert "has serial 5" in rows[KEY]["detail"]
        assert "never arrived" in rows[KEY]["detail"]
        assert not writes(regions, FIRST)
        assert regions.operator().run("failover", "status").code == ExitCode.FINE
        regions.clear_locks(FIRST)
        lock(regions, FIRST)
        _, rows = start(regions)
        assert "gone@host holds the lock stuck" in rows[KEY]["detail"]
        assert "serial 5" in rows[KEY]["detail"]
        assert start(regions, "--break-locks")[0] == ExitCode.FINE

        code, rows = start(regions, command="failback")
        assert (code, outcomes(rows)) == (ExitCode.FOUND, {KEY: "diverged"})
        assert rows[KEY]["behind"] == 1
        assert writes(regions, SECOND)
        assert regions.body(FIRST) == state(5)
        code, rows = start(regions, "--discard-unreplicated", command="failback")
        assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "brought"})
        kept = regions.s3(FIRST).list_object_versions(Bucket=regions.bucket(FIRST), Prefix=KEY)["Versions"]
        bodies = [
            regions.s3(FIRST)
            .get_object(Bucket=regions.bucket(FIRST), Key=KEY, VersionId=item["VersionId"])["Body"]
            .read()
            for item in kept
            if item["Key"] == KEY
        ]
        assert bodies.count(state(5)) == 2


def test_two_administrators_at_once_one_is_told(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    said: list[Any] = []

    def second(call: Any) -> None:
        if not said and call.operation == "PUT" and "policy" in call.query:
            said.append(None)
            said[0] = regions.operator().run("failover", "start", "--yes")

    with Proxy(regions.deployment.emulator, rule=second) as proxy:
        code, _ = start(regions, AWS_ENDPOINT_URL=proxy.endpoint)
    assert code == ExitCode.FINE
    assert said[0].code == ExitCode.LOCKED
    assert "is under way since" in said[0].err
    assert "--resume" in said[0].err


def test_whoever_is_no_administrator_is_told_so_and_changes_nothing(regions: Regions) -> None:
    put(regions, FIRST, state(4))
    before = {home: regions.policy(home) for home in Home}
    done = regions.operator("pipeline").run("failover", "start", "--yes")
    assert done.code == ExitCode.DENIED
    assert {home: regions.policy(home) for home in Home} == before

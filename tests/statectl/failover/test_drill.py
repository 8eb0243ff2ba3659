"""A drill says on any day what would be lost and how long it takes, and leaves nothing behind."""

import json
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blueprint.hcl import to_hcl
from blueprint.standby import Home
from localcloud import terraform
from localcloud.backend_files import emulator_arguments
from statectl.exit_code import ExitCode
from statectl.failover.drill.journey import Journey
from statectl.failover.drill.report import DrilledState, DrillReport, DrillTimes
from statectl.failover.drill.scratch import FOLDER
from statectl.failover.drill.writers import Work, lost_work
from statectl.failover.record import RECORD_KEY, Direction, Record, Run, parse_record, render_record
from store.failures import UnavailableError
from tests.faults.call import Call
from tests.faults.fault import Break, Fault
from tests.faults.proxy import Answered, Proxy
from tests.faults.slow_replication import SlowReplication
from tests.statectl.failover.regions import Regions


def arguments(regions: Regions, folder: Path, *, endpoint: str | None = None) -> list[str]:
    """A drill with the Terraform that is here, on the emulated AWS."""
    terraform.install(folder)
    extra = emulator_arguments(regions.deployment.emulator)
    if endpoint is not None:
        extra["endpoints"] = dict.fromkeys(extra["endpoints"], endpoint)
    file = folder / "emulator.hcl"
    file.write_text(to_hcl(extra))
    return ["failover", "drill", "--terraform", str(folder / "terraform"), "--backend-extra", str(file)]


def leftovers(regions: Regions) -> list[str]:
    """What either region still has of any drill: states and lockfiles, and items of the lock tables."""
    found = []
    for home in Home:
        listed = regions.s3(home).list_objects_v2(Bucket=regions.bucket(home), Prefix=FOLDER)
        found += [one["Key"] for one in listed.get("Contents", ())]
        items = regions.dynamodb(home).scan(TableName=regions.table(home)).get("Items", ())
        found += [one["LockID"]["S"] for one in items if FOLDER in one["LockID"]["S"]]
    return found


def assert_at_home(regions: Regions) -> None:
    """Nothing is left, the record says so, and the buckets refuse what they refused before."""
    assert leftovers(regions) == []
    record = json.loads(regions.body(Home.SECOND, RECORD_KEY) or b"{}")
    assert (record.get("run"), record.get("everything", False), record.get("exceptions", [])) == (None, False, [])
    for home in Home:
        assert json.loads(regions.policy(home)) == json.loads(regions.at_home[home])


def test_nothing_is_lost_and_the_first_region_hears_nothing_while_it_is_gone(
    regions: Regions, tmp_path: Path
) -> None:
    before = regions.apply(Home.FIRST, "a real state").state()
    with Proxy(regions.deployment.emulator) as proxy:
        operator = regions.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint)
        asked = arguments(regions, tmp_path, endpoint=proxy.endpoint)
        done = operator.run(*asked, "--states", "2", "--writes-for", "1s", "--seed", "6", "--yes", "--json")
    assert done.code == ExitCode.FINE, done
    report = done.json()
    assert list(report) == [field.name for field in fields(DrillReport)]
    assert list(report["times"]) == [field.name for field in fields(DrillTimes)]
    assert (report["seed"], report["lost"], len(report["states"])) == (6, 0, 2)
    assert "seed 6" in done.err
    for row in report["states"]:
        assert list(row) == [field.name for field in fields(DrilledState)]
        assert row["found"] >= row["acknowledged"] >= 1
        assert row["back"] == row["there"] == row["found"] + 1
        assert (row["refused"], row["clean"], row["lost_work"]) == (True, True, [])
    times = report["times"]
    assert 0 < times["failover"] < times["first_write"] <= times["write_again"]
    assert 0 < times["failback"] < times["back"]
    assert_silent(regions, proxy.answered, [row["key"] for row in report["states"]])
    assert_at_home(regions)
    assert regions.workdir(Home.FIRST).state() == before


def assert_silent(regions: Regions, record: Sequence[Answered], keys: Sequence[str]) -> None:
    """From when the failover began until each state was written there, the first region heard nothing."""
    bucket = regions.bucket(Home.SECOND)
    puts = [(at, one.call.path) for at, one in enumerate(record) if one.call.operation == "PUT"]
    began = next(at for at, path in puts if path == f"/{bucket}/{RECORD_KEY}")
    written = [next(at for at, path in puts if path == f"/{bucket}/{key}") for key in keys]
    spoke = [one.call for one in record[began : max(written)] if one.call.region == regions.region(Home.FIRST)]
    assert [str(call) for call in spoke] == []


def test_what_never_arrived_is_lost_by_name(regions: Regions, tmp_path: Path) -> None:
    with SlowReplication(regions.deployment.emulator, regions.bucket(Home.FIRST)):
        done = regions.operator().run(
            *arguments(regions, tmp_path), "--states", "1", "--writes-for", "1s", "--yes", "--json"
        )
    assert done.code == ExitCode.FOUND, done
    report = done.json()
    (row,) = report["states"]
    assert row["found"] is None
    assert report["lost"] == row["lost"] == len(row["lost_work"]) >= 1
    assert row["lost_work"][0] == "apply 1"
    assert f"{row['key']} lost apply 1" in done.err
    assert (row["refused"], row["clean"]) == (True, True)
    assert row["back"] == row["there"]
    assert_at_home(regions)


def struck(regions: Regions, folder: Path, strike: signal.Signals) -> tuple[int, str]:
    """A drill that gets this signal in the middle of its failover; its exit code, and what it said.

    The second region's policy is about to be changed then: the run is under way, and no Terraform is.
    """
    drill: list[subprocess.Popen[str]] = []

    def rule(call: Call) -> Fault | None:
        if not drill or call.operation != "PUT" or "policy" not in call.query:
            return None
        process = drill.pop()
        process.send_signal(strike)
        if strike is signal.SIGKILL:
            process.wait()
        return Break.BEFORE

    with Proxy(regions.deployment.emulator, rule=rule) as proxy:
        # What is killed leaves its temporary folder behind.
        operator = regions.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint, TMPDIR=str(folder))
        started = operator.start(*arguments(regions, folder), "--states", "1", "--writes-for", "0s", "--yes")
        drill.append(started)
        try:
            _, said = started.communicate(timeout=60)
        finally:
            started.kill()
    return started.returncode, said


def test_a_state_that_is_behind_lost_what_came_after_it() -> None:
    acknowledged = [Work(name=f"apply {number}", serial=number) for number in (1, 2, 3)]
    assert [work.name for work in lost_work(acknowledged, 1)] == ["apply 2", "apply 3"]
    assert lost_work(acknowledged, 3) == lost_work(acknowledged, 4) == []
    row = DrilledState(key="one", acknowledged=3, found=1, lost=2, lost_work=("apply 2", "apply 3"))
    report = DrillReport(id="x", seed=1, first_region="here", second_region="there", client="1.0", states=(row,))
    assert list(report.problems()) == ["one lost apply 2, apply 3: it had serial 3 in here, and serial 1 in there"]
    stale = replace(row, lost=0, lost_work=(), refused=False, there=4, back=4, clean=False)
    assert len(replace(report, states=(stale,)).problems()) == 2


def test_a_drill_that_is_told_to_end_brings_everything_home(regions: Regions, tmp_path: Path) -> None:
    code, said = struck(regions, tmp_path, signal.SIGTERM)
    assert code == 130, said
    assert "Going on with the failover" in said
    assert_at_home(regions)


def test_what_a_killed_drill_left_is_told_and_cleaned_up(regions: Regions, tmp_path: Path) -> None:
    code, said = struck(regions, tmp_path, signal.SIGKILL)
    assert code == -signal.SIGKILL, said
    operator = regions.operator()
    again = operator.run("failover", "drill", "--yes")
    assert again.code == ExitCode.LOCKED
    assert "is under way" in again.err
    looked = operator.do("failover", "drill", "--clean", "--dry-run")
    assert f"Left of a drill: {FOLDER}" in looked.err
    assert leftovers(regions) != []
    operator.do("failover", "drill", "--clean", "--yes")
    assert_at_home(regions)


def test_what_cannot_be_cleaned_up_is_said_with_the_way_home(
    regions: Regions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the way home fails, the second region writes the states, and what to do is said by name."""

    def gone(*_: object) -> None:
        raise UnavailableError("AWS was not reached")

    monkeypatch.setattr(Journey, "back", gone)
    done = regions.operator().run(*arguments(regions, tmp_path), "--states", "1", "--writes-for", "0s", "--yes")
    monkeypatch.undo()
    assert done.code == ExitCode.FAILED, done
    (key,) = [key for key in leftovers(regions) if key.startswith(FOLDER) and key.endswith(".tfstate")][:1]
    assert f"statectl failback start {key}" in done.err
    regions.operator().do("failback", "start", key, "--break-locks", "--discard-unreplicated", "--yes")
    regions.operator().do("failover", "drill", "--clean", "--yes")
    assert_at_home(regions)


def test_nothing_is_touched_where_a_drill_cannot_be(regions: Regions, tmp_path: Path) -> None:
    operator, asked = regions.operator(), arguments(regions, tmp_path)
    missing = operator.run("failover", "drill", "--yes", "--terraform", "no-such-terraform")
    assert missing.code == ExitCode.USAGE
    assert "STATECTL_TERRAFORM" in missing.err
    assert operator.run(*asked).code == ExitCode.USAGE
    planned = operator.do(*asked, "--dry-run", "--json")
    assert [row["acknowledged"] for row in planned.json()["states"]] == [None] * 3
    assert regions.body(Home.SECOND, RECORD_KEY) is None
    operator.do("failover", "start", "dev/network", "--yes")
    elsewhere = operator.run(*asked, "--yes")
    assert elsewhere.code == ExitCode.FAILED
    assert "writes states now" in elsewhere.err
    assert leftovers(regions) == []


def test_a_failover_that_somebody_began_meanwhile_keeps_nobody_from_cleaning_up(
    regions: Regions, tmp_path: Path
) -> None:
    """It stops the drill, whose states did not move: they go, and the other's run stays as it is."""
    theirs = Run(
        id="theirs",
        direction=Direction.OVER,
        by="somebody",
        host="elsewhere",
        since=datetime.now(UTC).replace(microsecond=0),
        keys=None,
        attempt="theirs",
    )
    drill_writes = threading.Event()

    def rule(call: Call) -> None:
        if call.operation == "PUT" and FOLDER in call.path and not drill_writes.is_set():
            drill_writes.set()
            body = render_record(Record(run=theirs))
            regions.s3(Home.SECOND).put_object(Bucket=regions.bucket(Home.SECOND), Key=RECORD_KEY, Body=body)

    with Proxy(regions.deployment.emulator, rule=rule) as proxy:
        asked = arguments(regions, tmp_path, endpoint=proxy.endpoint)
        done = regions.operator().run(*asked, "--states", "1", "--writes-for", "0s", "--yes")
    assert done.code == ExitCode.LOCKED, done
    assert leftovers(regions) == []
    assert parse_record(regions.body(Home.SECOND, RECORD_KEY) or b"") == Record(run=theirs)

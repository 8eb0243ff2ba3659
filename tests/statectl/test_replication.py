"""How far the second region is behind, and what brings it what it lacks."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import pytest

from localcloud.terraform import Workdir
from statectl.exit_code import ExitCode
from statefile.keys import lockfile_key
from tests.access.stack import apply
from tests.faults.call import Call
from tests.faults.fault import Break, Fault, Refusal
from tests.statectl.regions import Regions, state
from tests.statectl.stack import Stack

FOLDER = "dev/replication-"
"""Before the keys of these tests; each test has keys of its own behind it."""


@pytest.fixture
def regions(both: Stack) -> Iterator[Regions]:
    """The two regions, with nothing in the test's own folder, before and after."""
    made = Regions(both, f"{FOLDER}{uuid.uuid4().hex[:6]}-")
    yield made
    for s3, bucket in ((made.first, made.first_bucket), (made.second, made.second_bucket)):
        for item in s3.list_objects_v2(Bucket=bucket, Prefix=made.folder).get("Contents", ()):
            s3.delete_object(Bucket=bucket, Key=item["Key"])


def applied(regions: Regions, name: str) -> Workdir:
    here = regions.stack.terraform(regions.key(name), name=f"{regions.folder}{name}".replace("/", "-"))
    here.do(apply("first", "-auto-approve"))
    return here


def test_what_terraform_wrote_shows_how_far_it_has_come(regions: Regions) -> None:
    here = applied(regions, "applied")
    arrived = regions.statuses()["applied"]
    assert (arrived["status"], arrived["serials_behind"], arrived["seconds_behind"]) == ("replicated", 0, 0)
    assert arrived["first"]["serial"] == arrived["second"]["serial"] == here.state()["serial"]
    with regions.slow:
        here.do(apply("second", "-auto-approve"))
        here.do(apply("third", "-auto-approve"))
        waiting = regions.statuses()["applied"]
        assert (waiting["status"], waiting["serials_behind"]) == ("pending", 2)
        assert waiting["second"] == arrived["second"]
        assert waiting["seconds_behind"] < 60
        shown = regions.stack.operator().do("replication", "status", regions.key("applied"))
        assert "pending" in shown.out
    assert regions.statuses()["applied"]["status"] == "replicated"
    hidden = regions.stack.operator().do("replication", "status", "--behind", "--prefix", regions.folder)
    assert (hidden.out, "Every state is replicated" in hidden.err) == ("", True)


def test_what_did_not_come_over_is_told_apart_and_the_next_step_named(regions: Regions) -> None:
    with regions.without_rule():
        regions.write("never", state(1))
    with regions.refusing():
        regions.write("failed", state(1))
    regions.write("ahead", state(1))
    regions.write_second("ahead", state(2))
    regions.write_second("created", state(1))
    regions.write("diverged", state(4))
    regions.write_second("diverged", state(9, lineage="another"))
    regions.write("replicated", state(1))
    found = regions.statuses()
    assert {name: row["status"] for name, row in found.items()} == {
        "never": "never",
        "failed": "failed",
        "ahead": "ahead",
        "created": "ahead",
        "diverged": "diverged",
        "replicated": "replicated",
    }
    assert (found["ahead"]["serials_behind"], found["ahead"]["seconds_behind"]) == (-1, None)
    assert (found["never"]["second"], found["created"]["first"]) == (None, None)
    assert found["failed"]["seconds_behind"] >= 0
    said = regions.stack.operator().run("replication", "status", "--prefix", regions.folder, "--behind")
    assert said.code == ExitCode.FOUND
    assert regions.key("replicated") not in said.out
    assert "another lineage" in said.out
    assert "Not in order: 3" in said.err
    assert "Next: statectl replication backfill" in said.err


def test_work_of_both_regions_on_the_same_serial_is_no_mere_delay(regions: Regions) -> None:
    regions.write("split", state(5))
    with regions.cut():
        regions.write("split", state(6, content="lost at the cut"))
        regions.write("split", state(7, content="lost at the cut"))
    assert regions.statuses()["split"]["status"] == "pending"
    regions.write_second("split", state(6, content="after the failover"))
    assert regions.statuses()["split"]["status"] == "diverged"
    code, _, err = regions.backfill()
    assert (code, "is another state in each region" in err) == (ExitCode.FOUND, True)
    assert regions.in_second("split") == state(6, content="after the failover")


def test_a_copy_that_is_old_by_now_is_a_delay_and_not_work_of_the_second_region(regions: Regions) -> None:
    with regions.without_rule():
        regions.write("copied", state(1))
    assert regions.backfill()[0] == ExitCode.FINE
    with regions.refusing():
        regions.write("copied", state(2))
    assert regions.statuses()["copied"]["status"] == "failed"
    assert regions.backfill()[0] == ExitCode.FINE
    assert regions.versions_in_second("copied") == [state(2), state(1)]


def test_where_the_first_region_cannot_be_reached_the_second_alone_is_shown(regions: Regions) -> None:
    regions.write("known", state(3))
    region = regions.stack.outputs["region"]

    def gone(call: Call) -> Fault | None:
        return Break.BEFORE if call.region == region else None

    with regions.behind(gone, AWS_MAX_ATTEMPTS="1") as (operator, _):
        said = operator.run("replication", "status", "--prefix", regions.folder, "--json")
        (row,) = said.json()
        backfill = operator.run("replication", "backfill", "--prefix", regions.folder, "--yes")
    assert said.code == ExitCode.FINE
    assert (row["status"], row["first"], row["second"]["serial"], row["seconds_behind"]) == (None, None, 3, None)
    assert f"{region} cannot be reached" in said.err
    assert backfill.code == ExitCode.FAILED


def test_each_state_costs_two_reads_and_each_bucket_its_pages(regions: Regions) -> None:
    for number in range(5):
        regions.write(f"counted-{number}", state(number))
    with regions.behind(lambda _: None) as (operator, proxy):
        operator.do("replication", "status", "--prefix", regions.folder)
    calls = [call for call in proxy.calls if call.service == "s3"]
    pages = [call for call in calls if "list-type" in call.query]
    assert len(calls) - len(pages) == 2 * 5
    # One more asks whether the first region can be reached.
    assert len(pages) == 2 + 1


def test_a_backend_without_a_second_region_is_told_what_to_do(both: Stack) -> None:
    by_name = both.operator().with_variables(STATECTL_STACK="")
    for verb in ("status", "backfill"):
        said = by_name.run("replication", verb, "--bucket", both.bucket, "--region", both.outputs["region"])
        assert (said.code, "no second region" in said.err, "--stack" in said.err) == (ExitCode.USAGE, True, True)
    said = both.operator().run("replication", "status", "prod/network", "--prefix", "prod/")
    assert said.code == ExitCode.USAGE


def test_a_backfill_brings_over_what_is_older_than_the_rule_once(regions: Regions) -> None:
    with regions.without_rule():
        here = applied(regions, "old")
        regions.write("spoilt", b"{")
    with regions.refusing():
        regions.write("refused", state(1))
        regions.write("refused", state(2))
    code, out, err = regions.backfill("--dry-run")
    assert code == ExitCode.FOUND
    assert "Would bring over 2 states" in err
    assert regions.statuses()["old"]["second"] is None
    code, out, err = regions.backfill()
    assert code == ExitCode.FOUND
    assert "S3 Batch Operations are not known here" in err or "could not leave out" in err
    assert f"Left: {regions.key('spoilt')}" in err
    assert [line.split()[-1] for line in out.splitlines()[1:]] == ["copied", "copied"]
    assert json.loads(regions.in_second("old")) == here.state()
    assert regions.in_second("refused") == state(2)
    with pytest.raises(regions.second.exceptions.NoSuchKey):
        regions.in_second("spoilt")
    regions.write("spoilt", state(1))
    code, out, err = regions.backfill()
    assert (code, out, "nothing to bring over" in err) == (ExitCode.FINE, "", True)
    here.do(["plan", "-no-color", "-detailed-exitcode", "-var=content=first"])


def test_a_backfill_leaves_alone_what_is_newer_or_another_state_there(regions: Regions) -> None:
    regions.write("ahead", state(1))
    regions.write_second("ahead", state(2))
    regions.write("diverged", state(4))
    regions.write_second("diverged", state(1, lineage="another"))
    with regions.without_rule():
        regions.write("never", state(1))
    code, out, err = regions.backfill()
    assert code == ExitCode.FOUND
    assert regions.in_second("never") == state(1)
    assert regions.in_second("ahead") == state(2)
    assert regions.in_second("diverged") == state(1, lineage="another")
    assert f"{regions.key('ahead')} is newer in the second region" in err
    assert f"{regions.key('diverged')} is another state in each region" in err
    assert regions.key("never") in out
    named = regions.stack.operator().run("replication", "backfill", regions.key("ahead"), "--yes")
    assert (named.code, regions.in_second("ahead")) == (ExitCode.FOUND, state(2))


def test_a_deletion_that_did_not_come_over_is_told_and_not_carried_out(regions: Regions) -> None:
    regions.write("deleted", state(1))
    with regions.refusing():
        regions.first.delete_object(Bucket=regions.first_bucket, Key=regions.key("deleted"))
    row = regions.statuses()["deleted"]
    assert (row["status"], row["first"]) == ("pending", None)
    assert row["deleted"] is not None
    code, _, err = regions.backfill()
    assert code == ExitCode.FINE
    assert f"Left: {regions.key('deleted')} was deleted in the first region" in err
    assert regions.in_second("deleted") == state(1)


def test_a_state_that_was_deleted_in_the_second_region_since_is_not_brought_back(regions: Regions) -> None:
    regions.write("gone", state(1))
    time.sleep(1.1)  # S3 knows times to the second.
    regions.second.delete_object(Bucket=regions.second_bucket, Key=regions.key("gone"))
    assert regions.statuses()["gone"]["status"] == "ahead"
    assert regions.backfill()[0] == ExitCode.FOUND
    with pytest.raises(regions.second.exceptions.NoSuchKey):
        regions.in_second("gone")


def test_a_state_that_somebody_works_on_waits_for_the_next_run(regions: Regions) -> None:
    lockfile = lockfile_key(regions.key("locked"))
    with regions.without_rule():
        regions.write("locked", state(1))
        regions.write("free", state(1))
        regions.first.put_object(Bucket=regions.first_bucket, Key=lockfile, Body=b'{"ID":"held"}', IfNoneMatch="*")
    code, out, err = regions.backfill()
    assert (code, "run the same command again" in err) == (ExitCode.LOCKED, True)
    assert [line.split()[-1] for line in out.splitlines()[1:]] == ["copied", "locked"]
    regions.first.delete_object(Bucket=regions.first_bucket, Key=lockfile)
    assert regions.backfill()[0] == ExitCode.FINE
    assert regions.in_second("locked") == state(1)


def test_a_backfill_that_was_cut_off_leaves_its_lock_and_the_next_run_goes_on(regions: Regions) -> None:
    with regions.without_rule():
        regions.write("cut-off", state(1))

    def gone_with_the_lock(call: Call) -> Fault | None:
        frees = call.operation == "DELETE" and call.path.endswith(lockfile_key(""))
        return Break.BEFORE if frees or call.operation == "DeleteItem" else None

    with regions.behind(gone_with_the_lock, AWS_MAX_ATTEMPTS="1") as (operator, _):
        stopped = operator.run("replication", "backfill", regions.key("cut-off"), "--yes")
    assert stopped.code == ExitCode.FAILED
    (held,) = regions.stack.operator().json("locks", "ls", regions.key("cut-off"))
    assert held["operation"] == "statectl replication backfill"
    second = regions.second
    second.delete_object(Bucket=regions.second_bucket, Key=regions.key("cut-off"))
    assert regions.backfill()[0] == ExitCode.FINE
    assert regions.in_second("cut-off") == state(1)
    assert regions.stack.operator().json("locks", "ls", regions.key("cut-off")) == []


@pytest.mark.parametrize("at", ["as the lock is taken", "as the copy is written"])
def test_what_arrives_in_the_second_region_meanwhile_is_not_replaced(regions: Regions, at: str) -> None:
    with regions.without_rule():
        regions.write("raced", state(4))
    theirs = state(1, lineage="another")
    raced: list[Call] = []
    bucket = regions.second_bucket if at == "as the copy is written" else regions.first_bucket

    def arrives(call: Call) -> Fault | None:
        if call.operation == "PUT" and bucket in unquote(call.path) and not raced:
            raced.append(call)
            regions.write_second("raced", theirs)
        return None

    with regions.behind(arrives) as (operator, _):
        done = operator.run("replication", "backfill", regions.key("raced"), "--yes")
    assert raced
    assert (done.code, "changed" in done.out) == (ExitCode.LOCKED, True)
    assert regions.versions_in_second("raced") == [theirs]
    assert regions.stack.operator().json("locks", "ls", regions.key("raced")) == []


@dataclass(frozen=True)
class Answer(Refusal):
    """What S3 Control answers."""

    text: str

    def body(self, call: Call) -> tuple[str, bytes]:
        return "application/xml", self.text.encode()


class Jobs:
    """S3 Control's jobs, which the emulated AWS does not know: one that ends when it is looked at again.

    :param work: what the job does.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._looked = 0
        self.started: list[bytes] = []

    def rule(self, call: Call) -> Fault | None:
        if not call.path.startswith("/v20180820/jobs"):
            return None
        if call.operation == "POST":
            self.started.append(call.body)
            return Answer(200, "", "<CreateJobResult><JobId>job-1</JobId></CreateJobResult>")
        if call.path == "/v20180820/jobs":
            return Answer(200, "", "<ListJobsResult><Jobs/></ListJobsResult>")
        self._looked += 1
        if self._looked == 2:
            self._work()
        status = "Active" if self._looked < 2 else "Complete"
        progress = "<TotalNumberOfTasks>2</TotalNumberOfTasks><NumberOfTasksSucceeded>2</NumberOfTasksSucceeded>"
        job = f"<JobId>job-1</JobId><Status>{status}</Status><ProgressSummary>{progress}</ProgressSummary>"
        return Answer(200, "", f"<DescribeJobResult><Job>{job}</Job></DescribeJobResult>")


def test_where_there_are_batch_jobs_one_brings_over_what_was_missed(
    regions: Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("statectl.replication.job.SECONDS", 0.01)
    with regions.without_rule():
        regions.write("one", state(1))
        regions.write("two", state(1))

    jobs = Jobs(lambda: regions.write_second("one", state(1)))
    with regions.behind(jobs.rule) as (operator, _):
        planned = operator.do("replication", "backfill", "--prefix", regions.folder, "--dry-run")
        done = operator.run("replication", "backfill", "--prefix", regions.folder, "--yes")
    assert "by a job of S3 Batch Replication" in planned.err
    (asked,) = jobs.started
    assert f"<MatchAnyPrefix><member>{regions.folder}</member></MatchAnyPrefix>".encode() in asked
    assert b"tfstate-batch-replication-eu-central-1</RoleArn>" in asked
    assert "replicated 2 of 2 versions" in done.err
    assert [line.split()[-1] for line in done.out.splitlines()[1:]] == ["replicated", "missed"]
    assert (done.code, "--by-copy" in done.err) == (ExitCode.FOUND, True)
    assert regions.backfill("--by-copy")[0] == ExitCode.FINE
    assert regions.in_second("two") == state(1)

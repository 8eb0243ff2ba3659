"""Jobs of S3 Batch Replication, checked against AWS's own model of the calls."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from statectl.refusal import RefusalError
from statectl.replication import job as waiting
from statectl.replication.job import run_job
from store.batch_replication import BatchReplication, Job, NoBatchOperationsError
from store.clients import Clients
from store.failures import DeniedError

ACCOUNT, REGION = "111111111111", "eu-central-1"
BUCKET = "arn:aws:s3:::acme-tfstate-111111111111-eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/acme-tfstate-batch-replication-eu-central-1"
DESCRIPTION = f"statectl replication backfill of {BUCKET}"


class Control:
    """S3 Control with scripted answers, each checked against the service's model."""

    def __init__(self) -> None:
        clients = Clients()
        self.stubber = Stubber(clients.of("s3control", REGION))
        self.jobs = BatchReplication(clients, region=REGION, account_id=ACCOUNT, bucket_arn=BUCKET)

    def lists(self, *jobs: tuple[str, str, int], token: str | None = None, more: bool = False) -> None:
        """The account's jobs: the id, the description and the day of each."""
        listed = [
            {"JobId": name, "Description": about, "CreationTime": datetime(2026, 11, day, tzinfo=UTC)}
            for name, about, day in jobs
        ]
        asked = {"AccountId": ACCOUNT, **({"NextToken": token} if token else {})}
        self.stubber.add_response("list_jobs", {"Jobs": listed, **({"NextToken": "more"} if more else {})}, asked)

    def creates(self, name: str, expected: dict[str, Any] | None = None) -> None:
        asked = {
            "AccountId": ACCOUNT,
            "ConfirmationRequired": False,
            "Operation": {"S3ReplicateObject": {}},
            "Report": {"Enabled": False},
            "ClientRequestToken": ANY,
            "Description": DESCRIPTION,
            "Priority": ANY,
            "RoleArn": ROLE,
            "ManifestGenerator": ANY,
            **(expected or {}),
        }
        self.stubber.add_response("create_job", {"JobId": name}, asked)

    def describes(self, name: str, status: str, done: int = 0, failed: int = 0, reason: str = "") -> None:
        job: dict[str, Any] = {"JobId": name, "Status": status}
        if status not in {"New", "Preparing"}:
            counts = {"TotalNumberOfTasks": 3, "NumberOfTasksSucceeded": done, "NumberOfTasksFailed": failed}
            job["ProgressSummary"] = counts
        if reason:
            job["FailureReasons"] = [{"FailureCode": "Code", "FailureReason": reason}]
        self.stubber.add_response("describe_job", {"Job": job}, {"AccountId": ACCOUNT, "JobId": name})

    def run(self, *prefixes: str) -> Job:
        return run_job(self.jobs, role_arn=ROLE, prefixes=prefixes)


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    """Every answer has to be asked for."""
    monkeypatch.setattr(waiting, "SECONDS", 0.0)
    made = Control()
    with made.stubber:
        yield made
        made.stubber.assert_no_pending_responses()


def test_a_job_takes_every_version_of_the_states_that_was_missed_and_is_waited_for(
    control: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"MatchAnySuffix": [".tfstate"], "MatchAnyPrefix": ["prod/"]}
    statuses = {"EligibleForReplication": True, "ObjectReplicationStatuses": ["FAILED", "NONE"]}
    generator = {
        "ExpectedBucketOwner": ACCOUNT,
        "SourceBucket": BUCKET,
        "EnableManifestOutput": False,
        "Filter": {**statuses, "KeyNameConstraint": names},
    }
    control.lists(("other-job", "somebody else's", 9))
    control.creates("job-1", {"ManifestGenerator": {"S3JobManifestGenerator": generator}})
    for status, done in (("New", 0), ("Preparing", 0), ("Active", 1), ("Active", 2), ("Complete", 3)):
        control.describes("job-1", status, done)
    assert control.run("prod/").succeeded == 3
    assert "replicated 3 of 3 versions" in capsys.readouterr().err


def test_a_job_that_is_under_way_is_waited_for_and_no_other_started(control: Control) -> None:
    control.lists(("other-job", "somebody else's", 9), more=True)
    control.lists(("job-1", DESCRIPTION, 3), ("job-2", DESCRIPTION, 5), token="more")
    control.describes("job-2", "Active", 1)
    control.describes("job-2", "Complete", 3)
    assert control.run().id == "job-2"


def test_two_who_start_at_once_start_one_job_and_a_later_one_another(control: Control) -> None:
    tokens: list[str] = []
    control.stubber.client.meta.events.register(
        "before-parameter-build.s3-control.CreateJob",
        lambda params, **_: tokens.append(params["ClientRequestToken"]),
    )
    for before in ((), (), (("job-1", DESCRIPTION, 1),)):
        control.lists(*before)
        if before:
            control.describes("job-1", "Complete", 3)
        control.creates("job-9")
        control.describes("job-9", "Complete", 3)
        control.run("prod/")
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_job_that_failed_says_why_and_what_to_do(control: Control) -> None:
    control.lists()
    control.creates("job-1")
    control.describes("job-1", "Failed", reason="the role may not be assumed")
    with pytest.raises(RefusalError, match="ended as failed: the role may not be assumed") as refused:
        control.run()
    assert "--by-copy" in refused.value.next_step


def test_stopping_to_wait_leaves_the_job_running_and_says_how_to_look(
    control: Control, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("statectl.replication.job.time.sleep", stopped)
    control.lists()
    control.creates("job-1")
    control.describes("job-1", "Active", 1)
    with pytest.raises(KeyboardInterrupt):
        control.run()
    assert "job-1 goes on without you. The same command looks" in capsys.readouterr().err


def test_where_nobody_knows_jobs_that_is_told_apart_from_being_denied(control: Control) -> None:
    control.stubber.add_client_error("list_jobs", "InvalidURI", http_status_code=400)
    with pytest.raises(NoBatchOperationsError):
        control.run()
    control.stubber.add_client_error("list_jobs", "AccessDenied", http_status_code=403)
    with pytest.raises(DeniedError, match="s3:ListJobs"):
        control.run()

"""Jobs of S3 Batch Replication, which replicate what a bucket's replication rules missed, every version of it.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from statefile.keys import STATE_SUFFIX
from store.clients import Clients
from store.failures import StoreFailureError, code_of, explained

MISSED = ("FAILED", "NONE")
"""What S3 says of the versions that a job takes: it could not replicate them, or they are older than the rule."""
PRIORITY = 10
"""Among the account's jobs; no other job of this program runs beside it."""
_ENDED = {"Complete", "Failed", "Cancelled"}
_PREPARED = {"Active", "Completing", "Failing", "Pausing", "Paused", "Cancelling", *_ENDED}
_UNKNOWN_CALL = {"InvalidURI", "NotImplemented"}


class NoBatchOperationsError(StoreFailureError):
    """Whoever answers does not know S3 Batch Operations; AWS does, emulated ones may not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """How far a job is.

    :param id: the job's id.
    :param status: ``Preparing``, ``Active``, ``Complete`` and so on, as S3 says.
    :param total: how many versions it takes; 0 until they are listed.
    :param succeeded: how many are replicated.
    :param failed: how many could not be.
    :param reasons: why the job as a whole failed.
    """

    id: str
    status: str
    total: int
    succeeded: int
    failed: int
    reasons: tuple[str, ...]

    @property
    def prepared(self) -> bool:
        """Whether it knows by now how many versions it takes."""
        return self.status in _PREPARED

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in _ENDED


class BatchReplication:
    """The jobs that bring one bucket's versions over.

    They make no report: S3 encrypts reports with its own keys always, which a state bucket under a customer's key
    refuses (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html). What a job did
    is to be seen from both buckets instead.

    :param account_id: the account of the bucket and of the jobs.
    :param bucket_arn: the ARN of the bucket that is replicated from.
    """

    def __init__(self, clients: Clients, *, region: str, account_id: str, bucket_arn: str) -> None:
        self._control = clients.of("s3control", region)
        self._account: dict[str, Any] = {"AccountId": account_id}
        self._bucket_arn = bucket_arn
        self.description = f"statectl replication backfill of {bucket_arn}"

    def newest(self) -> Job | None:
        """The job that was started last for this bucket, ended or not, within the 90 days that S3 remembers.

        :raises NoBatchOperationsError: where there can be none.
        """
        found = [job for job in self._jobs() if job.get("Description") == self.description]
        return self.look(max(found, key=lambda job: job["CreationTime"])["JobId"]) if found else None

    def start(self, *, role_arn: str, prefixes: Sequence[str], after: Job | None) -> Job:
        """Start a job for every version of every state that was missed.

        :param role_arn: the role that S3 starts replication as.
        :param prefixes: only keys that start with one of these; all, where there is none.
        :param after: the newest job so far: two who ask after the same one start one job between them.
        """
        names: dict[str, Any] = {"MatchAnySuffix": [STATE_SUFFIX]}
        if prefixes:
            names["MatchAnyPrefix"] = list(prefixes)
        asked = json.dumps([self._bucket_arn, sorted(prefixes), after.id if after else None])
        with explained("s3:CreateJob", f"a batch job on {self._bucket_arn}"):
            answer = self._control.create_job(
                **self._account,
                ConfirmationRequired=False,
                Operation={"S3ReplicateObject": {}},
                Report={"Enabled": False},
                ClientRequestToken=hashlib.sha256(asked.encode()).hexdigest(),
                Description=self.description,
                Priority=PRIORITY,
                RoleArn=role_arn,
                ManifestGenerator={
                    "S3JobManifestGenerator": {
                        "ExpectedBucketOwner": self._account["AccountId"],
                        "SourceBucket": self._bucket_arn,
                        "EnableManifestOutput": False,
                        "Filter": {
                            "EligibleForReplication": True,
                            "ObjectReplicationStatuses": list(MISSED),
                            "KeyNameConstraint": names,
                        },
                    }
                },
            )
        return self.look(answer["JobId"])

    def _jobs(self) -> Iterator[Mapping[str, Any]]:
        """Every job of the account in this region, a page at a time; boto3 has no paginator for them."""
        asked: dict[str, Any] = dict(self._account)
        while True:
            with explained("s3:ListJobs", "the account's batch jobs"):
                try:
                    page = self._control.list_jobs(**asked)
                except ClientError as error:
                    if code_of(error) not in _UNKNOWN_CALL:
                        raise
                    raise NoBatchOperationsError("S3 Batch Operations are not known here") from error
            yield from page.get("Jobs", ())
            if "NextToken" not in page:
                return
            asked["NextToken"] = page["NextToken"]

    def look(self, job_id: str) -> Job:
        """How far the job is."""
        with explained("s3:DescribeJob", f"batch job {job_id}"):
            job = self._control.describe_job(**self._account, JobId=job_id)["Job"]
        progress = job.get("ProgressSummary", {})
        return Job(
            id=job["JobId"],
            status=job["Status"],
            total=progress.get("TotalNumberOfTasks", 0),
            succeeded=progress.get("NumberOfTasksSucceeded", 0),
            failed=progress.get("NumberOfTasksFailed", 0),
            reasons=tuple(reason.get("FailureReason", "") for reason in job.get("FailureReasons", ())),
        )

"""Brings states over by one job of S3 Batch Replication, with every version of theirs that was missed."""

import time
from collections.abc import Iterator, Sequence

from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.talk import say
from store.batch_replication import BatchReplication, Job

SECONDS = 5.0
"""How long it waits before it looks again."""


def run_job(jobs: BatchReplication, *, role_arn: str, prefixes: Sequence[str]) -> Job:
    """Start a job, or find the one that is under way, and wait for its end.

    :param prefixes: only states whose key starts with one of these; all, where there is none.
    :raises statectl.refusal.RefusalError: where the job as a whole failed.
    :raises store.batch_replication.NoBatchOperationsError: where there can be no job.
    """
    newest = jobs.newest()
    if newest is not None and not newest.ended:
        say(f"Batch job {newest.id} is under way already; waiting for it.")
        job = newest
    else:
        job = jobs.start(role_arn=role_arn, prefixes=prefixes, after=newest)
        say(f"Batch job {job.id} replicates what was missed.")
    try:
        job = _waited_for(jobs, job)
    except KeyboardInterrupt:
        say(f"Batch job {job.id} goes on without you. The same command looks how far it is.")
        raise
    if job.status != "Complete":
        why = f": {'; '.join(job.reasons)}" if any(job.reasons) else ""
        raise RefusalError(
            f"batch job {job.id} ended as {job.status.lower()}{why}",
            next_step="see `statectl doctor` for the role and the rule, or copy object by object with --by-copy",
        )
    say(f"Batch job {job.id} replicated {job.succeeded} of {job.total} versions.")
    return job


def _waited_for(jobs: BatchReplication, job: Job) -> Job:
    while not job.prepared:
        time.sleep(SECONDS)
        job = jobs.look(job.id)
    last = [job]

    def done() -> Iterator[None]:
        """An item for each version that the job is done with."""
        counted = 0
        while True:
            job = last[0]
            for _ in range(job.succeeded + job.failed - counted):
                yield
            counted = max(counted, job.succeeded + job.failed)
            if job.ended:
                return
            time.sleep(SECONDS)
            last[0] = jobs.look(job.id)

    for _ in watched(done(), "versions", job.total):
        pass
    return last[0]

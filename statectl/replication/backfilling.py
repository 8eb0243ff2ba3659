"""Brings over what the second region lacks: by a job of S3's where there can be one, and else copy by copy."""

from collections.abc import Iterator, Sequence

from blueprint.names import batch_replication_role_arn, bucket_arn
from statectl.known_backend import KnownBackend
from statectl.replication.backlog import Backlog
from statectl.replication.copying import Brought, Copying, Outcome
from statectl.replication.job import run_job
from statectl.replication.sides import Replicated, StateSides, state_sides
from statectl.talk import say
from store.batch_replication import BatchReplication, NoBatchOperationsError
from store.store import Store


class Backfilling:
    """One backfill.

    :param prefixes: only states whose key starts with one of these; all, where there is none.
    :param by_copy: whether no job is to be tried.
    """

    def __init__(
        self, backend: KnownBackend, first: Store, second: Store, *, prefixes: Sequence[str], by_copy: bool
    ) -> None:
        self._backend = backend
        self._first = first
        self._second = second
        self._prefixes = prefixes
        self._by_copy = by_copy

    def way(self, found: Backlog) -> str:
        """How it would go about it, in words."""
        why = self._why_no_job(found)
        return f"object by object, since {why}" if why else "by a job of S3 Batch Replication"

    def run(self, found: Backlog) -> Iterator[Brought]:
        """Bring over what is in the backlog, and tell of each state."""
        if self._why_no_job(found) is None and self._ran_job():
            yield from self._after_job(found.missed)
            yield from Copying(self._first, self._second).copied(found.lost)
        else:
            yield from Copying(self._first, self._second).copied(found.states)

    def _why_no_job(self, found: Backlog) -> str | None:
        if self._by_copy:
            return "--by-copy says so"
        if self._backend.settings is None or self._backend.settings.account_id is None:
            return f"{self._backend.source} does not tell the name of the role for it"
        if not found.missed:
            return "S3 holds what is missing for replicated or on its way"
        if found.problems:
            # A job takes whatever was missed, and asks nobody what is in the second region.
            return f"a job could not leave out {found.problems[0].key}"
        return None

    def _ran_job(self) -> bool:
        settings, region = self._backend.settings, self._first.location.region
        if settings is None or settings.account_id is None:
            raise ValueError("a job needs the stack's settings")
        jobs = BatchReplication(
            self._first.clients,
            region=region,
            account_id=settings.account_id,
            bucket_arn=bucket_arn(self._first.location.bucket, region),
        )
        role = batch_replication_role_arn(settings.name_prefix, settings.account_id, region)
        try:
            run_job(jobs, role_arn=role, prefixes=self._prefixes)
        except NoBatchOperationsError as error:
            say(f"{error}; copying object by object.")
            return False
        return True

    def _after_job(self, missed: Sequence[StateSides]) -> Iterator[Brought]:
        """What became of each state, as both buckets show it."""
        before = {row.key: row for row in missed}
        for prefix in self._prefixes or ("",):
            for row in state_sides(self._backend, self._first, self._second, prefix):
                was = before.pop(row.key, None)
                if was is not None and was.first is not None:
                    there = row.status is Replicated.REPLICATED
                    outcome = Outcome.REPLICATED if there else Outcome.MISSED
                    yield Brought(key=row.key, was=was.status, serial=was.first.serial, outcome=outcome)

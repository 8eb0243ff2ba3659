"""Which region writes which states, as the record of failovers says, and whether that is settled."""

from __future__ import annotations

from collections.abc import Iterator

from blueprint.standby import AT_HOME, Activity
from statectl.doctor.finding import Check, Examination, not_checked, problem
from statectl.doctor.settings import Wanted
from statectl.failover.inventory import base_key
from statectl.failover.record import Record
from statectl.failover.record_keeper import RecordKeeper
from statectl.session import Session
from statectl.text import moment
from store.failures import StoreFailureError

SETTLED = "failover.settled"


class Failovers:
    """What the record says, read once; that nothing ever moved where it cannot be read."""

    def __init__(self, session: Session) -> None:
        self._backend = session.backend
        self._replica = session.replica
        self._failure: StoreFailureError | None = None
        self.record = Record()
        if session.replica is not None:
            try:
                self.record = RecordKeeper(session.replica.bucket).load()
            except StoreFailureError as failure:
                self._failure = failure

    @property
    def activity(self) -> Activity:
        """What the live policies should say."""
        return AT_HOME if self._replica is None else self.record.activity

    def is_in_second(self, key: str) -> bool:
        """Whether the second region writes the state at this key."""
        return self.record.is_in_second(base_key(self._backend, key))

    def is_in_first(self, key: str) -> bool:
        """Whether the first region does."""
        return not self.is_in_second(key)

    def examine(self, wanted: Wanted) -> Iterator[Examination]:
        """Whether a run was left half done, or the first region was never told."""
        if self._replica is None or not wanted(SETTLED):
            return
        check = Check(id=SETTLED, region=self._replica.location.region, resource=self._replica.location.bucket)
        expected = "no run under way, and writers of the first region stopped"
        findings = []
        if self._failure is not None:
            findings.append(not_checked(check, self._failure, setting="settled"))
        elif self.record.run is not None:
            run = self.record.run
            found = f"{run.direction} {run.id} of {run.by}, since {moment(run.since)}"
            findings.append(problem(check, setting="run", expected=expected, found=found))
        elif not self.record.frozen:
            found = "the first region could not be reached when states were failed over"
            findings.append(problem(check, setting="frozen", expected=expected, found=found))
        failures = [self._failure] if self._failure else []
        yield Examination(checks=[check], findings=findings, failures=failures, answered=self._failure is None)

"""Which locks the last writer of a state took, as far as it left traces, and whether it can take the next step.

A writer that uses the table leaves there the MD5 of what it wrote, so that a digest that fits proves the table,
and one that does not, or none, disproves it. A writer that takes the lockfile leaves a version of it, from before
its write until after it. The lifecycle cleans these up a day after they became noncurrent, so that of an older
write their absence proves nothing. A version of Terraform or OpenTofu before 1.10 knows no lockfile.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from blueprint.backend_clients import Client, Version, difference
from settings.model import Lock
from statectl.states.listing import DigestCheck
from statectl.text import moment

KEPT = timedelta(days=1)
"""For how long a lockfile's version is there at least."""
_VERSION = re.compile(r"v?(\d{1,4})\.(\d{1,4})\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class LockfileTaken:
    """A lockfile that a client took.

    :param since: when.
    :param until: until when; ``None`` where nothing tells.
    :param version: of Terraform or OpenTofu, as it says; empty where it does not.
    """

    since: datetime
    until: datetime | None
    version: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What is left of the last write of a state.

    :param modified: when it was; ``None`` where there is no state.
    :param version: of Terraform or OpenTofu that wrote it, as the state says; empty where it does not.
    :param digest: whether the table recognises it.
    :param by_client: whether a client wrote that digest, which otherwise says nothing of the writer.
    :param lockfile: the newest lockfile that a client took, as far as S3 still has it.
    :param looked: when it was looked for.
    """

    modified: datetime | None
    version: str
    digest: DigestCheck
    by_client: bool
    lockfile: LockfileTaken | None
    looked: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LastWriter:
    """What follows from the evidence.

    :param table: whether it used the table; ``None`` where nothing tells.
    :param lockfile: whether it took the lockfile; ``None`` where nothing tells.
    :param nobody: whether there is no state, so that nobody can be wrong about its lock.
    :param why: the reason, in words.
    """

    table: bool | None
    lockfile: bool | None
    nobody: bool = False
    why: str = ""

    def can_step_to(self, lock: Lock) -> bool:
        """Whether all clients can be told to use this lock alone, as far as this one shows.

        With both, anybody goes on as before: clients of the table stay there, and are excluded.
        """
        used = {Lock.BOTH: True, Lock.LOCKFILE: self.lockfile, Lock.DYNAMODB: self.table}
        return self.nobody or used[lock] is True

    @property
    def used(self) -> str:
        """The locks that it took: ``both``, ``lockfile``, ``table``, ``none``, ``unknown``, or nothing."""
        if self.nobody:
            return ""
        match self.table, self.lockfile:
            case True, True:
                return "both"
            case True, False:
                return "table"
            case False, True:
                return "lockfile"
            case False, False:
                return "none"
        return "unknown"


def last_writer(evidence: Evidence) -> LastWriter:
    """Which locks it took."""
    if evidence.modified is None:
        return LastWriter(table=None, lockfile=None, nobody=True, why="there is no state")
    by_client = True if evidence.by_client else None
    table = {DigestCheck.MATCHES: by_client, DigestCheck.UNKNOWN: None}.get(evidence.digest, False)
    lockfile, why = _took_lockfile(evidence, evidence.modified)
    if evidence.digest is DigestCheck.MATCHES and not evidence.by_client:
        why += "; statectl wrote its digest, so that nothing tells whether it used the table"
    if evidence.digest is DigestCheck.DIFFERS:
        why += "; the digest is of another state, so that it did not use the table"
    if evidence.digest is DigestCheck.NONE:
        why += "; the table has no digest of it"
    return LastWriter(table=table, lockfile=lockfile, why=why)


def knows_lockfiles(version: str) -> bool | None:
    """Whether this version takes ``use_lockfile``; ``None`` where it is none.

    A state does not say whether Terraform or OpenTofu wrote it; both take it since the same version.
    """
    found = _VERSION.match(version)
    rows = [difference("use_lockfile", client) for client in Client]
    if not found:
        return None
    number = Version(int(found[1]), int(found[2]))
    return all(row is not None and row.takes(number) for row in rows)


def _took_lockfile(evidence: Evidence, modified: datetime) -> tuple[bool | None, str]:
    taken = evidence.lockfile
    # As S3 tells when an object was read, without parts of a second.
    if taken is not None and taken.since.replace(microsecond=0) > modified:
        return True, f"a client took the lockfile since, at {moment(taken.since)}"
    if knows_lockfiles(evidence.version) is False:
        return False, f"Terraform or OpenTofu {evidence.version} wrote it, which knows no lockfiles (1.10 does)"
    if taken is not None and (taken.until is None or taken.until >= modified):
        return True, f"it held the lockfile as it wrote, at {moment(modified)}"
    if modified >= evidence.looked - KEPT:
        return False, f"it held no lockfile as it wrote, at {moment(modified)}"
    return None, f"it wrote at {moment(modified)}, and traces of lockfiles are gone after a day"

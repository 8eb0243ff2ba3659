"""Reads a state once and keeps what there is to say about it, and nothing of its body."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from threading import Lock as Mutex

from statectl.states.listing import DigestCheck, check_digest
from statefile.state import UnreadableStateError, digest, parse_state
from store.bucket import Bucket, StoredObject
from store.failures import NotThereError, StoreFailureError

LARGE = 8 * 1024 * 1024
"""Bytes from which on one state is read at a time, so that memory does not grow with the number of workers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadState:
    """What one read of a state says.

    :param key: its key.
    :param modified: when it was written.
    :param problem: why it is no state, as a clause that follows its name; ``None`` where it is one.
    :param digest: whether it is the one that the lock table remembers.
    :param replication: what S3 says of its replication; ``None`` where no rule ever saw it.
    :param md5: its MD5 in hexadecimal, by which a copy is recognised; ``None`` where it could not be read.
    :param failure: why it could not be read; nothing else is known then.
    """

    key: str
    modified: datetime
    problem: str | None = None
    digest: DigestCheck = DigestCheck.NONE
    replication: str | None = None
    md5: str | None = None
    failure: StoreFailureError | None = None


class StateReader:
    """Reads the states of one bucket; safe to share between threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._one_large = Mutex()

    def read(self, found: StoredObject, remembered: str | None) -> ReadState | None:
        """What the object says; ``None`` where it was deleted since it was listed.

        :param remembered: its digest in the lock table.
        """
        with self._one_large if found.size >= LARGE else nullcontext():
            try:
                content = self._bucket.read(found.key)
            except NotThereError:
                return None
            except StoreFailureError as failure:
                return ReadState(key=found.key, modified=found.modified, failure=failure)
            problem = None
            try:
                parse_state(content.body)
            except UnreadableStateError as error:
                problem = str(error)
            return ReadState(
                key=found.key,
                modified=content.modified,
                problem=problem,
                digest=check_digest(remembered, content.body),
                replication=content.replication,
                md5=digest(content.body),
            )

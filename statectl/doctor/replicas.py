"""Whether each state is in the second region too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from statectl.doctor.state_reading import ReadState
from statectl.text import moment
from statefile.state import digest
from store.bucket import Bucket
from store.failures import StoreFailureError

WITHIN = timedelta(minutes=15)
"""How long replication may take: what S3's replication time control promises of nearly every object.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html
"""


class Replicas:
    """The listing of the second bucket, looked up by keys that come in its own order."""

    def __init__(self, bucket: Bucket) -> None:
        self.name = bucket.location.bucket
        self.failure: StoreFailureError | None = None
        self._bucket = bucket
        self._keys = self._listed(bucket)
        self._next = next(self._keys, None)

    def holds(self, key: str) -> bool | None:
        """Whether the object is there; ``None`` where that could not be asked."""
        while self._next is not None and self._next < key:
            self._next = next(self._keys, None)
        return None if self.failure else self._next == key

    def holds_copy(self, state: ReadState) -> bool:
        """Whether the very same state is there, however it came: ``statectl replication backfill`` copies too."""
        if not self.holds(state.key):
            return False
        try:
            there = self._bucket.find(state.key)
        except StoreFailureError:
            return False
        return there is not None and digest(there.body) == state.md5

    def _listed(self, bucket: Bucket) -> Iterator[str]:
        try:
            for found in bucket.objects():
                yield found.key
        except StoreFailureError as failure:
            self.failure = failure


def why_not_replicated(state: ReadState, replicas: Replicas, now: datetime) -> str | None:
    """Why a state is not safe in the second region; ``None`` where it is, or may be on its way."""
    there = replicas.holds(state.key)
    if state.replication in (None, "FAILED") and replicas.holds_copy(state):
        return None
    if state.replication is None:
        return "no replication rule ever saw this version"
    if state.replication == "FAILED":
        return "S3 could not replicate this version"
    if state.replication == "PENDING" and now - state.modified > WITHIN:
        return f"waiting for replication since {moment(state.modified)}"
    if state.replication == "COMPLETED" and there is False:
        return f"replicated, and not in {replicas.name} any more"
    return None

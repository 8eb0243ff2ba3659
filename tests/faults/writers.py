"""Judges a record of the calls to both regions: whether at any time a state had two writers.

Whoever writes a state is its writer, but for ``statectl``: what that copies from region to region is a move.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from statefile.keys import DIGEST_SUFFIX, id_in_bucket, state_of_lockfile
from statefile.state import State, UnreadableStateError, parse_state
from tests.faults.call import Call
from tests.faults.locks import Locks
from tests.faults.proxy import Answered
from tests.faults.uploads import Uploads

COPIES = "statectl"
"""In the user agent of whoever copies states, and is no writer."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """Somebody began to move states to the other region: from then on they may be written there.

    :param at: how long the record was then.
    :param bucket: where to.
    :param keys: of which states; ``None`` for all.
    """

    at: int
    bucket: str
    keys: Collection[str] | None = None


@dataclass(kw_only=True)
class Writers:
    """Follows every state through a record. An assertion names the call that broke a rule:

    - A state is written in one region at a time. Another write there is a move only if somebody began one, or
      ``statectl`` copied the state there; once it is written there, the region it left writes no more, but for
      what was under way when that was gone.
    - Who writes a state holds its lock there, and nobody's lock is taken or freed by another.
    - What was acknowledged counts up, across regions too, and the lineage stays; only a state that was reported as
      behind may go on from something older when it moves.

    :param buckets: the state buckets of both regions; states are written in the first of them at the beginning.
    :param places: where a lock is taken, `locks.FILE` and `locks.TABLE`.
    :param dead: the names of those who were killed: their locks may be broken.
    :param behind: the keys of the states that were reported as behind.
    """

    buckets: tuple[str, str]
    places: set[str]
    dead: set[str] = field(default_factory=set)
    behind: Collection[str] = ()

    def __post_init__(self) -> None:
        self._uploads = Uploads()
        self._locks: dict[tuple[str, str], Locks] = {}
        self._active: dict[str, str] = {}
        self._next: dict[str, str] = {}
        self._last: dict[str, State] = {}

    @property
    def held(self) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
        """By bucket and key: the locks that are still held, by place."""
        return {where: locks.held for where, locks in self._locks.items() if locks.held}

    def active(self, key: str) -> str:
        """The bucket that a state is written in."""
        return self._active.get(key, self.buckets[0])

    def last(self, key: str) -> State | None:
        """What was acknowledged last to whoever wrote it."""
        return self._last.get(key)

    def follow(self, record: Sequence[Answered], moves: Iterable[Move] = ()) -> None:
        """Go through it, from its beginning, with the moves that were begun meanwhile."""
        waiting = sorted(moves, key=lambda move: move.at)
        for number, answered in enumerate(record):
            while waiting and waiting[0].at <= number:
                self._begin(waiting.pop(0), record)
            if answered.status in {200, 204}:
                self._heed(answered)

    def _begin(self, move: Move, record: Iterable[Answered]) -> None:
        keys = move.keys
        if keys is None:
            keys = {found[1] for answered in record if (found := self._state_of(answered.call)) is not None}
        for key in keys:
            self._next[key] = move.bucket

    def _heed(self, answered: Answered) -> None:
        call = answered.call
        content = self._uploads.finished_by(call)
        found = self._state_of(call)
        if found is None:
            return
        bucket, key = found
        self._locks.setdefault(found, Locks(bucket, key, self.dead)).heed(call, content)
        if call.service != "s3" or call.path != f"/{bucket}/{key}":
            return
        if COPIES in call.headers.get("user-agent", ""):
            if content is not None:
                self._next[key] = bucket
        elif answered.late and bucket != self.active(key):
            # Nobody can keep it out before the region is in reach again; what it wrote has to be reported.
            return
        elif content is not None:
            self._wrote(bucket, key, answered, content)
        elif call.operation == "DELETE" and not set(call.query) - {"x-id"}:
            # Terraform frees the lock of a workspace before it deletes its state.
            self._writes_here(bucket, key, call)
            self._last.pop(key, None)

    def _state_of(self, call: Call) -> tuple[str, str] | None:
        """The bucket and key of the state that a call is about, or its lock."""
        for bucket in self.buckets:
            if call.service == "s3" and call.path.startswith(f"/{bucket}/"):
                path = call.path.removeprefix(f"/{bucket}/")
                return bucket, state_of_lockfile(path) or path
            if call.service == "dynamodb" and (key := _locked(call, bucket)):
                return bucket, key
        return None

    def _writes_here(self, bucket: str, key: str, call: Call) -> None:
        if bucket == self.active(key):
            return
        begun = self._next.get(key) == bucket
        assert begun, f"{call.actor} wrote {key} in {bucket} while {self.active(key)} is where it is written"
        self._active[key] = bucket
        if key in self.behind:
            self._last.pop(key, None)

    def _wrote(self, bucket: str, key: str, answered: Answered, content: bytes) -> None:
        actor = answered.call.actor
        self._writes_here(bucket, key, answered.call)
        locks = self._locks[bucket, key]
        holds = locks.holders(self.places) == {actor}
        assert holds, f"{actor} wrote {key} in {bucket} while {locks.held} held the lock"
        try:
            state = parse_state(content)
        except UnreadableStateError as error:
            raise AssertionError(f"{actor} wrote {key} in {bucket}, which {error}") from error
        last = self._last.get(key)
        if last is not None:
            assert state.lineage == last.lineage, f"{actor} wrote {key} in {bucket} as another state"
            newer = state.serial > last.serial
            assert newer, f"{actor} wrote {key} in {bucket} as {state.serial} after {last.serial}"
        if answered.heard:
            self._last[key] = state


def _locked(call: Call, bucket: str) -> str | None:
    """The key of the state whose lock a call puts into the table of this bucket's region, or deletes there."""
    if call.operation not in {"PutItem", "DeleteItem"}:
        return None
    asked = json.loads(call.body)
    item = asked.get("Item") or asked.get("Key") or {}
    key = id_in_bucket(item.get("LockID", {}).get("S", ""), bucket)
    return None if key is None or key.endswith(DIGEST_SUFFIX) else key

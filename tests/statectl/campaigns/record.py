"""Judges a record of calls: whether at any time two held a lock, or somebody's lock or state was taken away."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from statefile.keys import lockfile_key
from statefile.lock import id_of
from statefile.state import parse_state
from tests.faults.call import Call
from tests.faults.proxy import Answered

FILE, TABLE = "lockfile", "table"


@dataclass
class Judge:
    """Follows the locks and versions of one state through a record.

    :param bucket: the state bucket.
    :param key: the key of the state.
    :param places: where its lock is taken.
    :param dead: the names of those who were killed: their locks may be broken.
    """

    bucket: str
    key: str
    places: set[str]
    dead: set[str] = field(default_factory=set)
    held: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By place: the lock's ID and who took it."""
    serials: list[int] = field(default_factory=list)
    """Of every version that was written, in order."""
    written: list[bytes] = field(default_factory=list)

    def follow(self, record: Iterable[Answered]) -> None:
        """Go through it; an assertion names the call that broke a rule."""
        for answered in record:
            if answered.status in {200, 204}:
                self._heed(answered.call)

    def _heed(self, call: Call) -> None:
        path = f"/{self.bucket}/{self.key}"
        if call.service == "s3" and call.path == lockfile_key(path):
            if call.operation == "PUT":
                self._taken(FILE, id_of(_decoded(call)), call)
            elif call.operation == "DELETE":
                self._freed(FILE, call)
        elif call.service == "s3" and call.path == path and call.operation == "PUT":
            self._wrote(call)
        elif call.service == "dynamodb":
            self._item(call)

    def _item(self, call: Call) -> None:
        asked: dict[str, Any] = json.loads(call.body)
        item = asked.get("Item") or asked.get("Key") or {}
        if item.get("LockID", {}).get("S") != f"{self.bucket}/{self.key}":
            return
        if call.operation == "PutItem":
            self._taken(TABLE, id_of(item["Info"]["S"].encode()), call)
        elif call.operation == "DeleteItem":
            self._freed(TABLE, call)

    def _taken(self, place: str, lock: str, call: Call) -> None:
        assert place not in self.held, f"{call.actor} took the {place} that {self.held[place]} holds"
        self.held[place] = (lock, call.actor)

    def _freed(self, place: str, call: Call) -> None:
        lock, holder = self.held.pop(place, (None, call.actor))
        allowed = holder == call.actor or holder in self.dead
        assert allowed, f"{call.actor} freed the {place} that {holder} held as {lock}"

    def _wrote(self, call: Call) -> None:
        holders = {self.held.get(place, (None, None))[1] for place in self.places}
        assert holders == {call.actor}, f"{call.actor} wrote the state while {self.held} held the lock"
        body = _decoded(call)
        state = parse_state(body)
        assert not self.serials or state.serial > self.serials[-1], f"{call.actor} wrote {state.serial} again"
        self.serials.append(state.serial)
        self.written.append(body)


def _decoded(call: Call) -> bytes:
    """The content of an upload, which an SDK may send in signed chunks."""
    if "aws-chunked" not in call.headers.get("content-encoding", ""):
        return call.body
    content, rest = b"", call.body
    while rest:
        line, rest = rest.split(b"\r\n", 1)
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        content, rest = content + rest[:size], rest[size + 2 :]
    return content

"""Follows the locks of one state in one bucket: an assertion names the call that took or freed somebody else's."""

import json
from dataclasses import dataclass, field
from typing import Any

from statefile.keys import lock_id, lockfile_key
from statefile.lock import id_of
from tests.faults.call import Call

FILE, TABLE = "lockfile", "table"


@dataclass
class Locks:
    """Who holds the lock, after the calls so far.

    :param bucket: the state bucket.
    :param key: the key of the state.
    :param dead: the names of those who were killed: their locks may be broken.
    :param held: by place, `FILE` or `TABLE`: the lock's ID and who took it.
    """

    bucket: str
    key: str
    dead: set[str]
    held: dict[str, tuple[str, str]] = field(default_factory=dict)

    def heed(self, call: Call, content: bytes | None) -> None:
        """Follow a call that AWS did.

        :param content: of the object that it wrote, if any.
        """
        if call.service == "s3" and call.path == f"/{self.bucket}/{lockfile_key(self.key)}":
            if content is not None:
                self._taken(FILE, id_of(content), call)
            elif call.operation == "DELETE":
                self._freed(FILE, call)
        elif call.service == "dynamodb" and call.operation in {"PutItem", "DeleteItem"}:
            asked: dict[str, Any] = json.loads(call.body)
            item = asked.get("Item") or asked.get("Key") or {}
            if item.get("LockID", {}).get("S") != lock_id(self.bucket, self.key):
                return
            if call.operation == "PutItem":
                self._taken(TABLE, id_of(item["Info"]["S"].encode()), call)
            else:
                self._freed(TABLE, call)

    def holders(self, places: set[str]) -> set[str | None]:
        """Who holds it in these places; ``None`` among them where one of them is free."""
        return {self.held[place][1] if place in self.held else None for place in places}

    def _taken(self, place: str, lock: str, call: Call) -> None:
        # Whoever takes their own again had it hidden by what replication brought.
        taken = self.held.get(place, (lock, call.actor))
        assert taken == (lock, call.actor), f"{call.actor} took the {place} that {taken} holds"
        self.held[place] = (lock, call.actor)

    def _freed(self, place: str, call: Call) -> None:
        lock, holder = self.held.pop(place, (None, call.actor))
        allowed = holder == call.actor or holder in self.dead
        assert allowed, f"{call.actor} freed the {place} that {holder} held as {lock}"

"""Holds up the emulated AWS's replication from one bucket."""

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from localcloud.emulator import HOST, Emulator
from localcloud.replication_control import PATH


@dataclass(frozen=True)
class SlowReplication:
    """Replication from ``bucket``; held within its context, and released at its end.

    Versions and delete markers that are written meanwhile are PENDING, and wait in the order of the writes.
    """

    emulator: Emulator
    bucket: str

    def hold(self) -> None:
        """Let whatever is written from now on wait."""
        self._ask("hold")

    def release(self, count: int | None = None) -> None:
        """Replicate all that waits and hold nothing more, or the first ``count`` and go on holding."""
        self._ask("release", **({} if count is None else {"count": str(count)}))

    def drop(self) -> None:
        """Lose all that waits, as with a region that is gone for good; it stays PENDING, and the bucket held."""
        self._ask("drop")

    def waiting(self) -> list[tuple[str, str]]:
        """The key and version of each that waits, in order."""
        return self._ask("show")

    def __enter__(self) -> Self:
        self.hold()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _ask(self, what: str, **more: str) -> list[tuple[str, str]]:
        trusted = ssl.create_default_context(cafile=str(self.emulator.ca_bundle))
        connection = http.client.HTTPSConnection(HOST, self.emulator.port, timeout=30, context=trusted)
        try:
            connection.request("POST", f"{PATH}{what}?{urlencode({'bucket': self.bucket, **more})}")
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == http.client.OK, content
            return [(key, version) for key, version in json.loads(content)]
        finally:
            connection.close()

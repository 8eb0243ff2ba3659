"""A path of the emulated AWS that no AWS has: by it a test holds replication up, releases it, or loses it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from localcloud.account_public_access import Asgi

if TYPE_CHECKING:
    from localcloud.replication import Backlog

PATH = "/_localcloud/replication/"
"""Behind it comes what to do with the replication from a ``bucket``: ``hold``, ``release``, ``drop``, ``show``."""


def with_replication_control(application: Asgi, backlog: Backlog) -> Asgi:
    """``application`` with the path before it; every answer is what waits after it: keys and version ids."""

    async def answer(
        scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await application(scope, receive, send)
            return
        asked = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()}
        status, said = _do(backlog, scope["path"].removeprefix(PATH), asked)
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    return answer


def _do(backlog: Backlog, what: str, asked: dict[str, str]) -> tuple[int, Any]:
    bucket = asked["bucket"]
    match what:
        case "hold":
            backlog.hold(bucket)
        case "release":
            backlog.release(bucket, int(asked["count"]) if "count" in asked else None)
        case "drop":
            backlog.drop(bucket)
        case "show":
            pass
        case _:
            return 404, f"{what} is not known"
    return 200, [[pending.key, pending.entry["version_id"]] for pending in backlog.held.get(bucket, ())]

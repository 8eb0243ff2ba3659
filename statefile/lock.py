"""What a lock says of who holds it: the JSON that Terraform writes into a lockfile or a lock table's item."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class UnreadableLockError(ValueError):
    """Some bytes are not what Terraform writes into a lock; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LockInfo:
    """Who holds a lock.

    :param id: the lock's id, by which it is freed.
    :param operation: what it was taken for, such as ``OperationTypeApply``.
    :param info: what else the holder said.
    :param who: ``<user>@<host>``.
    :param version: the version of Terraform, OpenTofu or statectl.
    :param created: since when; ``None`` where it says nothing that is a time.
    :param path: ``<bucket>/<key>``.
    """

    id: str
    operation: str
    info: str
    who: str
    version: str
    created: datetime | None
    path: str


def parse_lock(text: bytes) -> LockInfo:
    """Read a lock.

    :raises UnreadableLockError: where it is no JSON object with an ID.
    """
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableLockError("is not JSON" if text.strip() else "is empty") from None
    if not isinstance(read, dict):
        raise UnreadableLockError("is not a JSON object")
    if not _text(read, "ID"):
        raise UnreadableLockError("has no ID")
    return LockInfo(
        id=_text(read, "ID"),
        operation=_text(read, "Operation"),
        info=_text(read, "Info"),
        who=_text(read, "Who"),
        version=_text(read, "Version"),
        created=_time(_text(read, "Created")),
        path=_text(read, "Path"),
    )


def render_lock(lock: LockInfo) -> bytes:
    """The lock as Terraform writes and reads it."""
    created = lock.created.astimezone(UTC).isoformat().replace("+00:00", "Z") if lock.created else ""
    fields = {
        "ID": lock.id,
        "Operation": lock.operation,
        "Info": lock.info,
        "Who": lock.who,
        "Version": lock.version,
        "Created": created,
        "Path": lock.path,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def id_of(text: bytes) -> str:
    """The id that a lock is known and broken by: its own, or one made of its bytes where they hold none."""
    try:
        return parse_lock(text).id
    except UnreadableLockError:
        return f"unreadable-{hashlib.sha256(text).hexdigest()[:16]}"


def _text(read: dict[str, Any], name: str) -> str:
    value = read.get(name)
    return value if isinstance(value, str) else ""


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        # An offset can carry the first and last days of the calendar out of it.
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

"""Says the arguments of a backend as one version of a client takes them, and what is lost on the way."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.backend_clients import MAPS, RENAMED, ClientVersion, difference

LOCKS = ("use_lockfile", "dynamodb_table")
_OLD_NAMES = {new: old for old, new in RENAMED.items()}
_DURATION = re.compile(r"(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_WEB_IDENTITY = "assume_role_with_web_identity"
_WEB_IDENTITY_VARIABLES = {
    "role_arn": "AWS_ROLE_ARN",
    "session_name": "AWS_ROLE_SESSION_NAME",
    "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
}


class NoLockError(ValueError):
    """The client knows none of the locks that the state has, so it would write past whoever holds them."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """Arguments for one client.

    :param arguments: all that it takes, by the names that it knows.
    :param remarks: what it does not take and what follows, and what is deprecated, without full stops.
    """

    arguments: dict[str, Any]
    remarks: tuple[str, ...]


def fit(arguments: Mapping[str, Any], client: ClientVersion, *, only_reads: bool = False) -> Fitted:
    """The arguments as this client takes them, of whatever version they were written for.

    :param only_reads: whether the client reads the state and never writes it, so that it needs no lock.
    :raises NoLockError: where the arguments name a lock, and none that this client knows.
    """
    given = _parts(arguments)
    kept: dict[str, Any] = {}
    remarks: dict[str, None] = {}
    for path, value in given.items():
        name, _, part = path.partition(".")
        before = _before(path, value)
        if _takes(name, client) and _takes(path, client):
            if part:
                kept.setdefault(name, {})[part] = value
            else:
                kept[name] = value
        elif before is not None and _takes(before[0], client):
            kept[before[0]] = before[1]
        elif name not in LOCKS:
            remarks[_left_out(path, client, given)] = None
    if not only_reads:
        remarks.update(dict.fromkeys(_about_locks(given, kept, client)))
    for name in kept:
        remarks.update(dict.fromkeys(_deprecated(name, client)))
    return Fitted(arguments=kept, remarks=tuple(remarks))


def _parts(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Every argument by its newest name, the parts of a map as arguments of their own."""
    parts: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in MAPS and isinstance(value, Mapping):
            parts.update({f"{name}.{part}": inner for part, inner in value.items()})
        elif name == "assume_role_duration_seconds":
            parts.setdefault("assume_role.duration", f"{value}s")
        elif name == "shared_credentials_file":
            parts.setdefault("shared_credentials_files", [value])
        else:
            parts.setdefault(RENAMED.get(name, name), value)
    return parts


def _before(path: str, value: Any) -> tuple[str, Any] | None:
    """The name and the value by which Terraform 1.5 says the same, if it can."""
    if path == "assume_role.duration":
        found = _DURATION.fullmatch(str(value))
        hours, minutes, seconds = (int(count or 0) for count in found.groups()) if found else (0, 0, 0)
        return ("assume_role_duration_seconds", hours * 3600 + minutes * 60 + seconds) if found else None
    if path == "shared_credentials_files":
        return ("shared_credentials_file", value[0]) if isinstance(value, list) and len(value) == 1 else None
    return (_OLD_NAMES[path], value) if path in _OLD_NAMES else None


def _takes(name: str, client: ClientVersion) -> bool:
    row = difference(name, client.client)
    return row is None or row.takes(client.version)


def _left_out(path: str, client: ClientVersion, given: Mapping[str, Any]) -> str:
    name = path.partition(".")[0]
    row = difference(path, client.client) or difference(name, client.client)
    since = f" (it came with {row.since})" if row and row.since else ""
    remark = row.remark if row else ""
    if name == _WEB_IDENTITY:
        said = {variable: given.get(f"{name}.{part}") for part, variable in _WEB_IDENTITY_VARIABLES.items()}
        remark = f"set {', '.join(f'{variable}={value}' for variable, value in said.items() if value)}"
    return (
        f"{client} does not take {name if name == _WEB_IDENTITY else path}{since}{f': {remark}' if remark else ''}"
    )


def _about_locks(given: Mapping[str, Any], kept: Mapping[str, Any], client: ClientVersion) -> Iterator[str]:
    named, left = ([lock for lock in LOCKS if arguments.get(lock)] for arguments in (given, kept))
    if not named:
        yield "no lock is named: two who apply at once overwrite each other"
    elif not left:
        row = difference(named[0], client.client)
        came = f" (it came with {row.since})" if row else ""
        raise NoLockError(f"{client} does not take {named[0]}{came}, and the state has no other lock")
    elif left != named:
        yield f"{client} does not take use_lockfile: it locks in the table alone, where the others lock too"


def _deprecated(name: str, client: ClientVersion) -> Iterator[str]:
    row = difference(name, client.client)
    if row is not None and row.deprecated is not None and row.deprecated <= client.version:
        remark = f": {row.remark}" if row.remark else ""
        yield f"{name} is deprecated in {client.client.product} since {row.deprecated}{remark}"

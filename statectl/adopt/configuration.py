"""The configuration of a stack under which ``pulumi up`` adopts a found backend."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from settings.model import ENVIRONMENT_PATTERN, SERVICE_PATTERN, Encryption, Lock, Settings
from settings.parse import parse
from settings.state_keys import state_key
from statectl.adopt.found import Found
from statectl.adopt.origin import TAGS_OF_TERRAFORM
from statefile.keys import split_workspace

_KEY = re.compile(state_key(r"(?P<environment>[^/]+)/(?P<service>.+)").replace(".tfstate", r"\.tfstate"))
_TO_LEAVE_OUT = re.compile(
    r"-?(?:terraform-(?:remote-)?state|tf-(?:remote-)?state|tfstate|terraform|state|bucket)s?"
)
_ANOTHER_SHAPE = "is not <environment>/<service>/terraform.tfstate"
_PREFIX_ROOM = 63 - len("-tfstate-logs--") - 12
"""Characters that the name of a log bucket leaves for the prefix and the region."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OddKey:
    """A state whose key the stack cannot expect.

    :param key: the state's key.
    :param why: what is odd about it.
    """

    key: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The states of a found bucket as a stack names them.

    :param states: environments and the services in each.
    :param odd: the keys that have no such name. They stay where they are, and are read and written as before.
    """

    states: Mapping[str, Sequence[str]]
    odd: tuple[OddKey, ...]


def expected(keys: Sequence[str]) -> Expected:
    """The names of the states at these keys; workspaces of a state are the state's."""
    named: dict[str, tuple[str, str]] = {}
    odd: dict[str, OddKey] = {}
    for key in sorted({split_workspace(key)[1] for key in keys}, key=lambda key: (key.count("/"), key)):
        found = _KEY.fullmatch(key)
        environment, service = (found["environment"], found["service"]) if found else ("", "")
        why = _why_not(environment, service, named) if found else _ANOTHER_SHAPE
        if why:
            odd[key] = OddKey(key=key, why=why)
        else:
            named[f"{environment}/{service}".lower()] = (environment, service)
    states: dict[str, list[str]] = {}
    for environment, service in sorted(named.values()):
        states.setdefault(environment, []).append(service)
    return Expected(states=states, odd=tuple(odd[key] for key in sorted(odd)))


def _why_not(environment: str, service: str, named: Mapping[str, tuple[str, str]]) -> str:
    folder = f"{environment}/{service}".lower()
    if not re.match(ENVIRONMENT_PATTERN, environment) or not re.match(SERVICE_PATTERN, service):
        return "has characters, or more folders, than names of environments and services take"
    if len(service) > 128:
        return "is longer than names of services may be"
    if folder in named:
        return f"differs from {'/'.join(named[folder])} by upper and lower case alone"
    parts = folder.split("/")
    parent = next((named[up] for up in _folders(parts) if up in named), None)
    return f"lies in the folder of {'/'.join(parent)}" if parent else ""


def _folders(parts: Sequence[str]) -> Iterator[str]:
    return ("/".join(parts[:length]) for length in range(2, len(parts)))


def name_prefix(found: Found) -> str:
    """A prefix for the names of what the stack makes beside what it adopts: what is particular in the bucket's."""
    name = found.bucket.lower().replace(found.account_id, "").replace(found.region, "").replace(".", "-")
    particular = re.sub(r"[^a-z0-9]+|\d{8,}", "-", _TO_LEAVE_OUT.sub("-", name)).strip("-")
    return particular[: _PREFIX_ROOM - len(found.region)].strip("-") or "adopted"


def lock_of(found: Found, *, table: bool) -> Lock:
    """What Terraform takes: both where there is a table, so that no client loses the lock that it takes today."""
    return Lock.BOTH if table and found.table is not None else Lock.LOCKFILE


def encryption_of(found: Found) -> Encryption:
    """What states are encrypted with, as the bucket has it by default."""
    return Encryption.AES256 if found.algorithm == "AES256" else Encryption.KMS


def adopted(found: Found, settings: Settings | None, *, table: bool, keep: Sequence[str]) -> dict[str, Any]:
    """What the key ``adopt`` holds.

    :param settings: of the stack, where there is one already: what it does not use is not adopted.
    :param table: whether the table is adopted.
    """
    lock = settings.lock if settings else lock_of(found, table=table)
    encryption = settings.encryption if settings else encryption_of(found)
    parts: dict[str, Any] = {"bucket": found.bucket}
    if table and found.table is not None and lock.uses_table:
        parts["table"] = found.table.name
    if encryption is Encryption.KMS and found.own_key is not None:
        parts["keyArn"] = found.own_key.arn
    if keep:
        parts["keep"] = list(keep)
    return parts


def whole(
    found: Found, *, prefix: str, states: Mapping[str, Sequence[str]], table: bool, keep: Sequence[str]
) -> dict[str, Any]:
    """A whole configuration, by camelCase key, for a stack of its own.

    :param prefix: the first part of the names of what it makes beside.
    """
    tags = {name: value for name, value in found.tags.items() if not _is_its_makers(name)}
    return {
        "namePrefix": prefix,
        "accountId": found.account_id,
        "lock": lock_of(found, table=table).value,
        "encryption": encryption_of(found).value,
        "states": {environment: list(services) for environment, services in states.items()},
        **({"tags": tags} if tags else {}),
        "adopt": adopted(found, None, table=table, keep=keep),
    }


def _is_its_makers(tag: str) -> bool:
    """Whether a tag says who made the bucket, or what it is called: nothing to put on what is made now."""
    return tag.startswith("aws:") or tag == "Name" or tag.lower() in TAGS_OF_TERRAFORM


def checked(values: Mapping[str, Any], *, region: str, stack: str) -> Settings:
    """The settings that a configuration makes.

    :raises settings.mistakes.SettingsError: where it has mistakes.
    """
    return parse(dict(values), region=region, stack=stack)

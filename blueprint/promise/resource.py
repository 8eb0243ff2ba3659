"""The shape of a promise: a resource, and the value of each of its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

GLOBAL = "global"
"""The region of what belongs to the account: IAM, and the account's public access block."""

UNKNOWN_KEY = "(the ARN of a key that could not be asked for)"
"""Stands for the ARN of a key that is there and not known; any key's ARN is equal to it."""


class Kind(StrEnum):
    """What a resource is; the first part of the ids of its settings."""

    ACCOUNT = "account"
    KEY = "key"
    BUCKET = "bucket"
    REPLICATION = "replication"
    TABLE = "table"
    ROLE = "role"
    POLICY = "policy"
    ATTACHMENT = "attachment"
    ISSUER = "issuer"
    TRAIL = "trail"
    LOG_GROUP = "log-group"
    ALARM = "alarm"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A resource and what it must be.

    :param kind: what it is.
    :param name: its name, as people call it.
    :param region: its region, or :data:`GLOBAL`.
    :param settings: the value of each setting, as AWS reports it; the id of a setting is ``<kind>.<setting>``.
    :param handle: what it is asked for by, where that is not its name: an ARN, or the log group of an alarm that
        something is counted for.
    """

    kind: Kind
    name: str
    region: str
    settings: Mapping[str, Any]
    handle: str = ""


def unless_kept(kind: Kind, settings: Mapping[str, Any], kept: frozenset[str]) -> dict[str, Any]:
    """The settings of a resource but for those that ``adopt.keep`` leaves as they were found."""
    return {setting: value for setting, value in settings.items() if f"{kind}.{setting}" not in kept}


@dataclass(frozen=True, kw_only=True)
class KeyArns:
    """The ARNs that AWS chose, each ``None`` where there is no such key, or :data:`UNKNOWN_KEY`.

    :param primary: the key of the first region.
    :param replica: the key of the second region.
    :param audit: the key of the audit trail.
    """

    primary: str | None
    replica: str | None
    audit: str | None


def known(arn: str | None) -> str | None:
    """The ARN where it is known, or ``None``."""
    return None if arn == UNKNOWN_KEY else arn

"""How each client behaves with this backend: what docs/clients.md says, cell by cell, and tests/clients tries.

A client of a version stands for its neighbours only as far as docs/backend-files.md says from their change logs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from blueprint.backend_clients import Client, ClientVersion
from settings.model import Lock


class Tried(StrEnum):
    """A client that the tests run."""

    TERRAFORM = "Terraform 1.15.5"
    OLD_TERRAFORM = "Terraform 1.5.7"
    OPENTOFU = "OpenTofu 1.11.0"

    @property
    def client(self) -> ClientVersion:
        """Whom backend files are written for, so that this client takes them."""
        product, _, version = self.value.partition(" ")
        return ClientVersion.read(next(client for client in Client if client.product == product), version)


class Outcome(StrEnum):
    """What comes of a command."""

    WORKS = "works"
    REFUSED = "refused"
    NOT_KNOWN = "not known"
    """The client does not know an argument that the command needs."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a client does.

    :param says: words of what it prints, by which the tests know that it is this and nothing else.
    """

    outcome: Outcome
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a client does by its documentation, where nothing was tried.

    :param source: the page that says so.
    """

    says: str
    source: str


class Behaviour(StrEnum):
    """A row of the table."""

    INIT_TABLE = "`init`, lock in the table"
    INIT_LOCKFILE = "`init`, lockfile"
    INIT_BOTH = "`init`, both locks"
    PLAN = "`plan`"
    APPLY = "`apply`"
    SECOND_TABLE = "a second `apply` while one runs, lock in the table"
    SECOND_LOCKFILE = "a second `apply` while one runs, lockfile"
    SECOND_BOTH = "a second `apply` while one runs, both locks"
    UNLOCK_TABLE = "`force-unlock` after a crash, lock in the table"
    UNLOCK_LOCKFILE = "`force-unlock` after a crash, lockfile"
    UNLOCK_BOTH = "`force-unlock` after a crash, both locks"
    WORKSPACES = "workspaces: new, `apply`, list, select, delete"
    REMOTE_STATE = "`terraform_remote_state`"
    MIGRATE = "`init -migrate-state`, from a local state"
    CHANGED = "`init`, another lock than last time"
    TO_BOTH = "`init -reconfigure`, from the table to both locks"
    TO_LOCKFILE = "`init -reconfigure`, from both locks to the lockfile"
    STALE_DIGEST = "`plan` with the table, after an `apply` with the lockfile alone"


INIT = {
    Lock.DYNAMODB: Behaviour.INIT_TABLE,
    Lock.LOCKFILE: Behaviour.INIT_LOCKFILE,
    Lock.BOTH: Behaviour.INIT_BOTH,
}
SECOND = {
    Lock.DYNAMODB: Behaviour.SECOND_TABLE,
    Lock.LOCKFILE: Behaviour.SECOND_LOCKFILE,
    Lock.BOTH: Behaviour.SECOND_BOTH,
}
UNLOCK = {
    Lock.DYNAMODB: Behaviour.UNLOCK_TABLE,
    Lock.LOCKFILE: Behaviour.UNLOCK_LOCKFILE,
    Lock.BOTH: Behaviour.UNLOCK_BOTH,
}

_WORKS = Cell(outcome=Outcome.WORKS)
_WARNS = Cell(outcome=Outcome.WORKS, says="Deprecated Parameter")
_UNKNOWN = Cell(
    outcome=Outcome.NOT_KNOWN,
    says='An argument named "use_lockfile" is not expected here',
)
_CHANGED = Cell(outcome=Outcome.REFUSED, says="Backend configuration changed")
_TABLE_HELD = Cell(outcome=Outcome.REFUSED, says="ConditionalCheckFailedException")
_LOCKFILE_HELD = Cell(outcome=Outcome.REFUSED, says="PreconditionFailed")
_STALE = "does not have the expected content"

_OF_ALL: Mapping[Behaviour, Cell] = {
    **dict.fromkeys(Behaviour, _WORKS),
    Behaviour.SECOND_TABLE: _TABLE_HELD,
    Behaviour.SECOND_LOCKFILE: _LOCKFILE_HELD,
    # The lockfile is asked for first, so it is the one that says no.
    Behaviour.SECOND_BOTH: _LOCKFILE_HELD,
    Behaviour.CHANGED: _CHANGED,
    Behaviour.STALE_DIGEST: Cell(outcome=Outcome.REFUSED, says=_STALE),
}
BEHAVIOUR: Mapping[Tried, Mapping[Behaviour, Cell]] = {
    Tried.TERRAFORM: {
        **_OF_ALL,
        **dict.fromkeys((Behaviour.INIT_TABLE, Behaviour.INIT_BOTH, Behaviour.TO_BOTH), _WARNS),
    },
    Tried.OLD_TERRAFORM: {
        **_OF_ALL,
        **{row[lock]: _UNKNOWN for row in (INIT, SECOND, UNLOCK) for lock in (Lock.LOCKFILE, Lock.BOTH)},
        **dict.fromkeys((Behaviour.CHANGED, Behaviour.TO_BOTH, Behaviour.TO_LOCKFILE), _UNKNOWN),
    },
    Tried.OPENTOFU: _OF_ALL,
}
"""The table."""

_TERRAGRUNT = "https://terragrunt.gruntwork.io/docs"
_PASSED_ON = Read(says="as the client that it runs", source=f"{_TERRAGRUNT}/reference/cli")
_AUTO_INIT = Read(says="runs it by itself", source=f"{_TERRAGRUNT}/features/auto-init")
TERRAGRUNT: Mapping[Behaviour, Read] = {
    **dict.fromkeys(Behaviour, _PASSED_ON),
    **dict.fromkeys(INIT.values(), _AUTO_INIT),
    Behaviour.MIGRATE: Read(
        says="as the client that it runs; `backend migrate` is for units that get another key",
        source=f"{_TERRAGRUNT}/reference/cli/commands/backend/migrate",
    ),
}
"""Terragrunt 1.0, which was to be had from no registry: read, not tried."""


@dataclass(frozen=True, kw_only=True)
class Party:
    """A client that locks in one way."""

    tried: Tried
    lock: Lock

    def __str__(self) -> str:
        return f"{self.tried}, {_LOCK_NAMES[self.lock]}"


_LOCK_NAMES = {Lock.DYNAMODB: "table", Lock.LOCKFILE: "lockfile", Lock.BOTH: "both"}
OLD = Party(tried=Tried.OLD_TERRAFORM, lock=Lock.DYNAMODB)
NEW = Party(tried=Tried.TERRAFORM, lock=Lock.BOTH)
TOFU = Party(tried=Tried.OPENTOFU, lock=Lock.BOTH)
NEWEST = Party(tried=Tried.TERRAFORM, lock=Lock.LOCKFILE)
FLEET = (OLD, NEW, TOFU, NEWEST)
"""Who may write the same states in one company."""
_PAST_THE_LOCK = Cell(outcome=Outcome.WORKS, says="Apply complete!")
MIXED: Mapping[tuple[Party, Party], Cell] = {
    (OLD, NEW): _TABLE_HELD,
    (OLD, TOFU): _TABLE_HELD,
    (OLD, NEWEST): _PAST_THE_LOCK,
    (NEW, OLD): _TABLE_HELD,
    (NEW, TOFU): _LOCKFILE_HELD,
    (NEW, NEWEST): _LOCKFILE_HELD,
    (TOFU, OLD): _TABLE_HELD,
    (TOFU, NEW): _LOCKFILE_HELD,
    (TOFU, NEWEST): _LOCKFILE_HELD,
    (NEWEST, OLD): _PAST_THE_LOCK,
    (NEWEST, NEW): _LOCKFILE_HELD,
    (NEWEST, TOFU): _LOCKFILE_HELD,
}
"""What becomes of the second one's ``apply`` while the first one's runs."""


def behaviour_table() -> str:
    """Every row for every client."""
    lines = [f"| | {' | '.join(Tried)} | Terragrunt 1.0 (read) |", "|---|---|---|---|---|"]
    for row in Behaviour:
        cells = " | ".join(_said(BEHAVIOUR[tried][row]) for tried in Tried)
        lines.append(f"| {row} | {cells} | [{TERRAGRUNT[row].says}]({TERRAGRUNT[row].source}) |")
    return "\n".join(lines)


def mixed_table() -> str:
    """Who is kept out by whom."""
    lines = [f"| runs: | {' | '.join(map(str, FLEET))} |", "|---|---|---|---|---|"]
    for holder in FLEET:
        cells = " | ".join(_kept_out(MIXED[holder, comer]) if holder != comer else "refused" for comer in FLEET)
        lines.append(f"| **{holder}** | {cells} |")
    return "\n".join(lines)


def _said(cell: Cell) -> str:
    if not cell.says:
        return cell.outcome
    joined = ", warns" if cell.outcome is Outcome.WORKS else ""
    return f"{cell.outcome}{joined}: `{cell.says}`"


def _kept_out(cell: Cell) -> str:
    return "**writes too**" if cell.outcome is Outcome.WORKS else cell.outcome

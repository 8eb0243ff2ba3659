"""What is left to do after the locks of the states have moved, and in which order."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from blueprint.access import grants
from blueprint.backend_files import backend_files
from blueprint.backend_fit import LOCKS
from blueprint.backend_forms import Form
from settings.model import Lock
from statectl.backend.configs import Wish, wanted_configs
from statectl.backend.writing import write_files
from statectl.known_backend import KnownBackend
from statectl.session import Session

ARGUMENTS = {
    Lock.LOCKFILE: "use_lockfile = true and no dynamodb_table",
    Lock.DYNAMODB: "dynamodb_table and no use_lockfile",
    Lock.BOTH: "use_lockfile = true and dynamodb_table",
}
"""What backend files say, by the lock."""


_PROTECTED = (
    "It is protected, so that pulumi up stops there: `pulumi state delete --force` with the URN that the error "
    "names lets the stack forget it, and it stays."
)


def next_steps(known: KnownBackend, to: Lock, files: list[str], *, protected: bool) -> Iterator[str]:
    """What everybody has to do now, in order.

    :param files: the backend files that were written.
    :param protected: whether the stack's tables are.
    """
    stack = f" -s {known.source.removeprefix('stack ')}" if known.settings is not None else ""
    up = f"pulumi up{stack}" if stack else "the policies of who uses the backend"
    written = [f"  terraform init -reconfigure -backend-config={path}" for path in files]
    told = f"backend files with {ARGUMENTS[to]}, and terraform init -reconfigure{':' if written else ''}"
    if to is Lock.BOTH:
        yield f"Next: 1. {up}, so that everybody may take both locks"
        yield f"2. For each team, {told}"
        yield from written
        yield (
            "On the way to lockfiles, clients before 1.10 keep the table alone, and nobody may use the lockfile "
            "alone before --to lockfile; on the way back, nobody the table alone before --to dynamodb."
        )
        return
    yield f"Next: 1. For each team, at once, since who still takes both locks is refused: {told}"
    yield from written
    yield f"2. Once every team has them, {up}: from then on who comes with old files is denied, and not told why"
    if to is Lock.LOCKFILE and stack:
        yield (
            "That takes the lock table out of the stack, with its fences. "
            f"{_PROTECTED if protected else 'It is deleted.'} Clients of a table that is gone fail as well."
        )


def write_backend_files(session: Session, to: Lock, table: str, directory: Path) -> list[str]:
    """Write each team's ``backend.hcl`` with this lock, whatever the last ``pulumi up`` made; their paths.

    :param table: the name of the lock table.
    :param directory: one folder for each access entry, or the states' own folders where there are none.
    """
    settings = session.backend.settings
    entries = [grant.name for grant in grants(settings) if grant.states] if settings is not None else []
    paths = []
    for entry in entries or [""]:
        wish = Wish(state=None, entry=entry or None, replica=False)
        configs = {
            state: _told(arguments, to, table) for state, arguments in wanted_configs(session, wish).items()
        }
        for file in write_files(backend_files(configs, [Form.HCL]), directory / entry, dry_run=False):
            paths.append(file.path)
    return paths


def _told(arguments: Mapping[str, Any], to: Lock, table: str) -> dict[str, Any]:
    told = {name: value for name, value in arguments.items() if name not in LOCKS}
    if to.uses_lockfile:
        told["use_lockfile"] = True
    if to.uses_table:
        told["dynamodb_table"] = table
    return told

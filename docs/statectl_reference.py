"""The reference of ``statectl``: its commands, its exit codes, and the shape of its JSON, from the code itself."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

from typer.main import get_command

from statectl.access.answers import RequestAnswer, WhoAmI
from statectl.adopt.planning import AdoptionPlan
from statectl.adopt.scanning import FoundBackend
from statectl.app import NOUNS, app
from statectl.backend.writing import WrittenFile
from statectl.cost.report import CostEstimate
from statectl.doctor.finding import Finding
from statectl.exit_code import ExitCode
from statectl.failover.drill.report import DrillReport
from statectl.failover.moving import MoveOfState
from statectl.failover.planning import Forecast
from statectl.failover.status import WriterRegion
from statectl.locks.listing import HeldLock
from statectl.move.lock_moving import LockMove
from statectl.move.outcome import Moved
from statectl.recover.app import BadState
from statectl.recover.diagnosis import Diagnosis
from statectl.replication.sides import StateSides
from statectl.retire.app import Stand
from statectl.states.detail import StateDetail
from statectl.states.listing import StateRow
from statectl.versions.inside import Inside
from statectl.versions.listing import VersionRow
from statefile.difference import Change

SHAPES: dict[str, tuple[str, type]] = {
    "states ls": ("array of", StateRow),
    "states show": ("one", StateDetail),
    "locks ls": ("array of", HeldLock),
    "locks show": ("array of", HeldLock),
    "versions ls": ("array of", VersionRow),
    "versions show": ("one", Inside),
    "versions diff": ("array of", Change),
    "recover": ("array of", BadState),
    "recover STATE": ("one", Diagnosis),
    "replication status": ("array of", StateSides),
    "failover plan": ("array of", Forecast),
    "failover status": ("array of", WriterRegion),
    "failover drill": ("one", DrillReport),
    "failover start": ("array of", MoveOfState),
    "failback start": ("array of", MoveOfState),
    "adopt scan": ("array of", FoundBackend),
    "adopt plan": ("one", AdoptionPlan),
    "doctor": ("array of", Finding),
    "access check": ("array of", RequestAnswer),
    "access whoami": ("one", WhoAmI),
    "cost": ("one", CostEstimate),
    "retire": ("one", Stand),
    "move key": ("array of", Moved),
    "move lock": ("array of", LockMove),
    "backend write": ("array of", WrittenFile),
}
"""What commands print with ``--json``; ``failback plan`` prints what ``failover plan`` does, ``backend show`` the
arguments by state, ``move local`` and ``move workspace`` what ``move key`` does."""


def exit_codes_table() -> str:
    """What each exit code means."""
    rows = [f"| {code.value} | {code.name.lower()} | {code.meaning} |" for code in ExitCode]
    return "\n".join(["| code | name | meaning |", "|---|---|---|", *rows])


def commands_table() -> str:
    """Every command with the first sentence of its help."""
    rows = [f"| `{name}` | {_first_sentence(help_)} |" for name, help_ in sorted(commands())]
    return "\n".join(["| command | does |", "|---|---|", *rows])


def json_shapes() -> str:
    """What every command prints with ``--json``, and the fields of each record."""
    rows = [
        f"| `{command}` | {kind} [`{record.__name__}`](#{record.__name__.lower()}) |"
        for command, (kind, record) in SHAPES.items()
    ]
    table = "\n".join(["| command | prints |", "|---|---|", *rows])
    records = dict.fromkeys(one for _, record in SHAPES.values() for one in (record, *_nested(record)))
    return "\n\n".join([table, *map(_record, sorted(records, key=lambda record: record.__name__))])


def commands() -> Iterator[tuple[str, str]]:
    """Every command by its words, and its help."""
    root: Any = get_command(app)
    for noun in NOUNS:
        found = root.get_command(None, noun)
        verbs = getattr(found, "commands", {})
        if not verbs:
            yield noun, found.help or ""
        for verb, command in verbs.items():
            yield f"{noun} {verb}", command.help or ""


def _first_sentence(text: str) -> str:
    return re.sub(r"\s+", " ", text.split("\n\n", maxsplit=1)[0]).strip()


def _record(record: type) -> str:
    documented = _parameters(record)
    rows = [
        f"| `{field.name}` | {_type(get_type_hints(record)[field.name])} | {documented[field.name]} |"
        for field in fields(record)
    ]
    title = re.sub(r"``", "`", (record.__doc__ or "").split("\n")[0])
    return "\n".join(
        [f"### {record.__name__}", "", title, "", "| field | type | meaning |", "|---|---|---|", *rows]
    )


def _parameters(record: type) -> dict[str, str]:
    """What the docstring says of each field."""
    found = re.findall(r":param (\w+): (.*?)(?=\n\s*:param |\Z)", record.__doc__ or "", re.DOTALL)
    return {name: re.sub(r"\s+", " ", text).replace("``", "`").strip() for name, text in found}


def _type(hint: Any) -> str:
    """A type as JSON has it."""
    parts = get_args(hint)
    if type(None) in parts:
        (inner,) = [part for part in parts if part is not type(None)]
        return f"{_type(inner)} or null"
    if parts:
        return f"array of {_type(parts[0])}"
    if isinstance(hint, type) and is_dataclass(hint):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(f"`{member.value}`" for member in hint)
    return {"str": "string", "int": "number", "float": "number", "bool": "boolean", "datetime": "time in UTC"}[
        hint.__name__
    ]


def _nested(record: type) -> Iterator[type]:
    for hint in get_type_hints(record).values():
        for part in (hint, *get_args(hint)):
            if isinstance(part, type) and is_dataclass(part):
                yield part
                yield from _nested(part)

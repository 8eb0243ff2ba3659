"""Finds in the inputs of a resource what `pulumi-aws` does not know and what the stand-in does not do yet."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.plugin.schema import Known, KnownProperty, aws_version
from localcloud.plugin.shape import Many, Property, Record
from localcloud.plugin.wire import UNKNOWN


@dataclass(frozen=True)
class Finding:
    """One mistake: the path of the property and what is wrong with it."""

    path: str
    reason: str


def findings(known: Known, done: Record, values: Mapping[str, Any], path: str = "") -> Iterator[Finding]:
    """All mistakes in `values`, which `known` describes and of which the stand-in does `done`."""
    for name in sorted(known.required - values.keys()):
        yield Finding(_join(path, name), f"{_join(path, name)} is required by {known.name}")
    for name, value in values.items():
        here = _join(path, name)
        if name.startswith("__"):
            continue  # the engine's own marks
        if name not in known.properties:
            close = difflib.get_close_matches(name, known.properties, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield Finding(here, f"{here} is not a property of {known.name} in aws {aws_version()}{hint}")
        elif name not in done.fields:
            yield Finding(
                here, f"{here} of {known.name} is known to aws {aws_version()} but the stand-in does not do it yet"
            )
        elif value is not UNKNOWN:
            yield from _value(known.properties[name], done.fields[name], value, here)


def _value(known: KnownProperty, done: Property, value: Any, path: str) -> Iterator[Finding]:
    form = {"object": Mapping, "array": list}.get(known.type)
    if known.type != "any" and (not isinstance(value, form) if form else isinstance(value, Mapping | list)):
        yield Finding(path, f"{path} must be of type {known.type}, not {type(value).__name__}")
    elif known.parts and isinstance(done, Record):
        yield from findings(known.parts, done, value, path)
    elif known.parts and isinstance(done, Many):
        for index, item in enumerate(value):
            if item is UNKNOWN:
                continue
            if isinstance(item, Mapping):
                yield from findings(known.parts, done.item, item, f"{path}[{index}]")
            else:
                yield Finding(f"{path}[{index}]", f"{path}[{index}] must be of type object")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

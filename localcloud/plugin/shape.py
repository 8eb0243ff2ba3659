"""A small language in which a resource says what its properties are called at AWS and when two values are equal.

A `Record` of properties translates inputs into the parameters of an AWS call (`to_aws`), an answer of AWS back
into properties (`from_aws`), and finds what differs (`changes`). Names of AWS may be paths:
`BlockedEncryptionTypes.EncryptionType`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from localcloud.plugin.wire import UNKNOWN, Properties, has_unknown


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Codec:
    """How one value is written for AWS, read from it, and brought to the form in which two values are compared."""

    to_aws: Callable[[Any], Any] = _same
    from_aws: Callable[[Any], Any] = _same
    canonical: Callable[[Any], Any] = _same


@dataclass(frozen=True)
class Property:
    """What all properties have.

    `aws` is AWS's name, empty where AWS is not told and the value lives in Pulumi's state only. `default` is what
    AWS assumes when nothing is said. A `computed` property is AWS's choice when nothing is said.
    """

    aws: str = ""
    default: Any = field(default=None, kw_only=True)
    computed: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Leaf(Property):
    """A value without further parts that concern the plugin."""

    codec: Codec = field(default_factory=Codec, kw_only=True)


@dataclass(frozen=True)
class Record(Property):
    """A group of properties."""

    fields: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True)
class Many(Property):
    """A list of records; `ordered` is false where AWS gives no order."""

    item: Record = field(default_factory=Record)
    ordered: bool = field(default=True, kw_only=True)


class Kind(Enum):
    """What happened to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Change:
    """One property, by its path, that differs between the old and the new inputs."""

    path: str
    kind: Kind


def to_aws(shape: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of `shape` in `values`, in AWS's names and nesting. Nothing that was not said is added."""
    told: dict[str, Any] = {}
    for name, part in shape.fields.items():
        value = values.get(name)
        if value is None or not part.aws:
            continue
        *parents, last = part.aws.split(".")
        place = told
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = _value_to_aws(part, value)
    return told


def from_aws(shape: Record, answer: Mapping[str, Any]) -> Properties:
    """The properties of `shape` that AWS's `answer` holds."""
    found: Properties = {}
    for name, part in shape.fields.items():
        value: Any = answer if part.aws else None
        for step in part.aws.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = _value_from_aws(part, value)
    return found


def changes(part: Property, old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """What differs from `old` to `new`; what AWS chooses is no difference as long as `new` does not say it."""
    if part.computed and new is None:
        return
    old, new = (part.default if value is None else value for value in (old, new))
    if old is None or new is None:
        if old is not new:
            yield Change(path, Kind.ADD if old is None else Kind.DELETE)
    elif isinstance(part, Record) and isinstance(old, Mapping) and isinstance(new, Mapping):
        for name, child in part.fields.items():
            yield from changes(child, old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(part, Many) and isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = zip(old, new, strict=True) if part.ordered else zip(_sorted(old), _sorted(new), strict=True)
        for index, (before, after) in enumerate(pairs):
            yield from changes(part.item, before, after, f"{path}[{index}]")
    elif has_unknown(new) or _canonical(part, old) != _canonical(part, new):
        yield Change(path, Kind.UPDATE)


def _value_to_aws(part: Property, value: Any) -> Any:
    if isinstance(part, Record):
        return to_aws(part, value)
    if isinstance(part, Many):
        return [to_aws(part.item, item) for item in value]
    return part.codec.to_aws(value) if isinstance(part, Leaf) else value


def _value_from_aws(part: Property, value: Any) -> Any:
    if isinstance(part, Record):
        return from_aws(part, value)
    if isinstance(part, Many):
        return [from_aws(part.item, item) for item in value]
    return part.codec.from_aws(value) if isinstance(part, Leaf) else value


def _canonical(part: Property, value: Any) -> Any:
    if value is UNKNOWN or not isinstance(part, Leaf):
        return value
    return part.codec.canonical(value)


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=repr))

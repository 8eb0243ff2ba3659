"""What changed between two versions of a state: resources, their attributes, and outputs.

Values are compared, and shown only where they are asked for; those that Terraform marks as sensitive never are.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from statefile.state import parse_state


class Kind(StrEnum):
    """What happened to a resource or an output."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueChange:
    """A value that differs.

    :param path: the attribute, with dots and brackets where it is nested; empty for an output's own value.
    :param sensitive: whether Terraform marks it as sensitive: then neither value is here.
    :param before: the value before, as JSON; ``None`` where there was none.
    :param after: the value after, as JSON; ``None`` where there is none.
    """

    path: str
    sensitive: bool
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A resource instance or an output that differs.

    :param kind: what happened to it.
    :param address: as ``terraform state list`` shows it; ``output.<name>`` for an output.
    :param values: the values that differ, where it was there before and is there now.
    """

    kind: Kind
    address: str
    values: tuple[ValueChange, ...]


def difference(before: bytes, after: bytes) -> tuple[Change, ...]:
    """Every change from one state to another, in the order of the addresses, outputs last.

    :raises statefile.state.UnreadableStateError: where one of the two is no state.
    """
    old, new = _content(before), _content(after)
    return (
        *_compare(_instances(old), _instances(new)),
        *_compare(_outputs(old), _outputs(new)),
    )


_Values = tuple[Any, tuple[str, ...], bool]
"""What is compared, the paths in it that are sensitive, and whether all of it is."""


def _content(body: bytes) -> dict[str, Any]:
    parse_state(body)
    content: dict[str, Any] = json.loads(body, parse_int=_integer)
    return content


def _integer(digits: str) -> int | str:
    """Python reads no integer of thousands of digits; such a one is compared as it is written."""
    return int(digits) if len(digits) < 4000 else digits


def _instances(state: Mapping[str, Any]) -> dict[str, _Values]:
    found: dict[str, _Values] = {}
    for resource in state.get("resources") or ():
        for instance in resource.get("instances") or ():
            found[_address(resource, instance)] = (_compared(instance), _sensitive(instance), False)
    return found


def _compared(instance: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes, and in parentheses what else there is to a resource."""
    attributes = instance.get("attributes")
    # States that came from Terraform 0.11 and were not applied since have them in another place.
    others = {name: instance[name] for name in ("status", "private", "attributes_flat") if instance.get(name)}
    shown = attributes if isinstance(attributes, dict) else {"(attributes)": attributes}
    return {**shown, **{f"({name})": value for name, value in others.items()}}


def _sensitive(instance: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of what is marked as sensitive; what a provider keeps as private may be anything."""
    marked = instance.get("sensitive_attributes")
    paths = [_path(steps) for steps in marked] if isinstance(marked, list) else []
    return (*filter(None, paths), "(private)")


def _outputs(state: Mapping[str, Any]) -> dict[str, _Values]:
    return {
        f"output.{name}": (output.get("value"), (), bool(output.get("sensitive")))
        for name, output in (state.get("outputs") or {}).items()
    }


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    module = f"{resource['module']}." if resource.get("module") else ""
    data = "data." if resource.get("mode") == "data" else ""
    index = "" if instance.get("index_key") is None else f"[{json.dumps(instance['index_key'])}]"
    deposed = f" (deposed {instance['deposed']})" if instance.get("deposed") else ""
    return f"{module}{data}{resource.get('type')}.{resource.get('name')}{index}{deposed}"


def _path(steps: Any) -> str:
    """A sensitive path as the format has it: a list of ``{"type": "get_attr" or "index", "value": ...}``."""
    path = ""
    for step in steps if isinstance(steps, list) else ():
        value = step.get("value") if isinstance(step, dict) else None
        if isinstance(value, dict):
            path += f"[{json.dumps(value.get('value'))}]"
        else:
            path += f".{value}" if path else str(value)
    return path


def _compare(before: Mapping[str, _Values], after: Mapping[str, _Values]) -> Iterator[Change]:
    for address in sorted({*before, *after}):
        if address not in before:
            yield Change(kind=Kind.ADDED, address=address, values=())
        elif address not in after:
            yield Change(kind=Kind.REMOVED, address=address, values=())
        elif before[address][0] != after[address][0]:
            old, new = before[address], after[address]
            hidden, wholly = {*old[1], *new[1]}, old[2] or new[2]
            values = tuple(
                _value(path, one, other, sensitive=wholly or _is_within(path, hidden))
                for path, one, other in _differing("", old[0], new[0])
            )
            yield Change(kind=Kind.CHANGED, address=address, values=values)


_ABSENT = object()


def _differing(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            inner = f"{path}.{name}" if path else name
            yield from _differing(inner, before.get(name, _ABSENT), after.get(name, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differing(f"{path}[{index}]", one, other)
    elif before != after:
        yield path, before, after


def _is_within(path: str, hidden: set[str]) -> bool:
    """Whether a path is sensitive, lies in something that is, or holds something that is."""
    return any(
        path == secret
        or path.startswith((f"{secret}.", f"{secret}["))
        or secret.startswith((f"{path}.", f"{path}["))
        for secret in hidden
    )


def _value(path: str, before: Any, after: Any, *, sensitive: bool) -> ValueChange:
    if sensitive:
        return ValueChange(path=path, sensitive=True, before=None, after=None)
    return ValueChange(path=path, sensitive=False, before=_json(before), after=_json(after))


def _json(value: Any) -> str | None:
    return None if value is _ABSENT else json.dumps(value, ensure_ascii=False)

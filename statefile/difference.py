"""What changed between two versions of a state: resources, their attributes, and outputs.

Values are compared, and shown only where they are asked for; those that Terraform marks as sensitive never are.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from statefile.instances import Values, read_content


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

    def without_values(self) -> "Change":
        """The same change, with the paths of the values that differ and not the values."""
        hidden = (replace(value, before=None, after=None) for value in self.values)
        return replace(self, values=tuple(hidden))


def difference(before: bytes, after: bytes) -> tuple[Change, ...]:
    """Every change from one state to another, in the order of the addresses, outputs last.

    :raises statefile.state.UnreadableStateError: where one of the two is no state.
    """
    old, new = read_content(before), read_content(after)
    return (*_compare(old.instances, new.instances), *_compare(old.outputs, new.outputs))


def _compare(before: Mapping[str, Values], after: Mapping[str, Values]) -> Iterator[Change]:
    for address in sorted({*before, *after}):
        if address not in before:
            yield Change(kind=Kind.ADDED, address=address, values=())
        elif address not in after:
            yield Change(kind=Kind.REMOVED, address=address, values=())
        elif before[address].values != after[address].values:
            old, new = before[address], after[address]
            hidden, wholly = {*old.sensitive, *new.sensitive}, old.wholly_sensitive or new.wholly_sensitive
            values = tuple(
                _value(path, one, other, sensitive=wholly or _is_within(path, hidden))
                for path, one, other in _differing("", old.values, new.values)
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

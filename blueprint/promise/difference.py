"""How a live setting differs from the promised one, part by part, in words that a finding can show."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.promise.resource import UNKNOWN_KEY
from blueprint.promise.rule import Comparison
from blueprint.promise.statements import statements

NOTHING = "nothing"
"""What stands where one side has none."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One part of a setting that is not as promised.

    :param part: the Sid, the rule, the tag; empty where the setting differs as a whole.
    :param expected: what is promised, or :data:`NOTHING`.
    :param found: what is there, or :data:`NOTHING`.
    """

    part: str
    expected: str
    found: str


def differences(comparison: Comparison, promised: Any, found: Any) -> Iterator[Difference]:
    """Every part of a setting that is not as promised."""
    yield from _BY_COMPARISON[comparison](promised, found)


def same(promised: Any, found: Any) -> bool:
    """Whether two values are equal; any key's ARN is, to :data:`blueprint.promise.resource.UNKNOWN_KEY`."""
    if promised == UNKNOWN_KEY:
        return all(map(_is_key, found if isinstance(found, list) else [found]))
    if isinstance(promised, Mapping) and isinstance(found, Mapping):
        return promised.keys() == found.keys() and all(same(promised[name], found[name]) for name in promised)
    if isinstance(promised, list) and isinstance(found, list):
        if UNKNOWN_KEY in promised:
            others = [item for item in promised if item != UNKNOWN_KEY]
            return all(item in found for item in others) and all(
                _is_key(item) for item in found if item not in others
            )
        return len(promised) == len(found) and all(map(same, promised, found))
    return bool(promised == found)


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("arn:") and ":key/" in value


def _exact(promised: Any, found: Any) -> Iterator[Difference]:
    if same(promised, found):
        return
    if isinstance(promised, Mapping) and isinstance(found, Mapping):
        names = [*promised, *(name for name in found if name not in promised)]
        differ = [name for name in names if not same(promised.get(name, _ABSENT), found.get(name, _ABSENT))]
        promised, found = _only(promised, differ), _only(found, differ)
    yield Difference(part="", expected=_text(promised), found=_text(found))


def _by_name(promised: Any, found: Any) -> Iterator[Difference]:
    promised, found = promised or {}, found or {}
    for name in {**promised, **found}:
        for difference in _exact(promised.get(name), found.get(name)):
            yield Difference(part=name, expected=difference.expected, found=difference.found)


def _at_least(promised: Any, found: Any) -> Iterator[Difference]:
    if isinstance(promised, Mapping):
        live = found or {}
        yield from _by_name(promised, {name: live[name] for name in promised if name in live})
        return
    for item in promised:
        if item not in (found or ()):
            yield Difference(part=str(item), expected=_text(item), found=NOTHING)


def _statements(promised: Any, found: Any) -> Iterator[Difference]:
    if found is None:
        yield Difference(part="", expected=_whole(promised), found=NOTHING)
        return
    # Only in the newer version of the language are variables looked up.
    for difference in _exact(promised["Version"], found.get("Version")):
        yield Difference(part="Version", expected=difference.expected, found=difference.found)
    wanted, there = statements(promised), statements(found)
    for sid in {**wanted, **there}:
        one, other = wanted.get(sid, []), there.get(sid, [])
        once = len(one) == len(other) == 1
        for difference in _exact(one[0], other[0]) if once else _exact(one or None, other or None):
            yield Difference(part=sid, expected=difference.expected, found=difference.found)


def _policies(promised: Any, found: Any) -> Iterator[Difference]:
    found = found or {}
    for name in {**promised, **found}:
        if name not in promised:
            yield Difference(part=name, expected=NOTHING, found=_whole(found[name]))
            continue
        for difference in _statements(promised[name], found.get(name)):
            part = f"{name}/{difference.part}" if difference.part else name
            yield Difference(part=part, expected=difference.expected, found=difference.found)


_BY_COMPARISON: Mapping[Comparison, Callable[[Any, Any], Iterator[Difference]]] = {
    Comparison.EXACT: _exact,
    Comparison.BY_NAME: _by_name,
    Comparison.AT_LEAST: _at_least,
    Comparison.STATEMENTS: _statements,
    Comparison.POLICIES: _policies,
}
_ABSENT = object()


def _whole(document: Any) -> str:
    count = sum(map(len, statements(document).values()))
    return f"a policy of {count} statement{'' if count == 1 else 's'}"


def _only(value: Mapping[str, Any], names: list[str]) -> Any:
    return {name: value[name] for name in names if name in value} or None


def _text(value: Any) -> str:
    if value is None or value in ([], {}, ""):
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

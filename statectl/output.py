"""Prints data on standard output as they come: columns for people, JSON for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from itertools import chain, islice
from typing import Any, TypeVar

from statectl.text import moment, printable

Row = TypeVar("Row")

MEASURED_ROWS = 200
"""Rows that decide how wide the columns are; later ones are printed as they come, and no table is ever whole."""


def print_rows(rows: Iterable[Row], columns: Mapping[str, Callable[[Row], str]], *, as_json: bool) -> int:
    """Print many of a kind; how many there were.

    :param columns: headings, each with what stands below it.
    :param as_json: as an array of objects with every field, one to a line.
    """
    return _print_array(rows) if as_json else _print_columns(rows, columns)


def print_one(value: object, lines: Sequence[tuple[str, str]], *, as_json: bool) -> None:
    """Print a single thing: labelled lines for people, an object for programs."""
    if as_json:
        _write(json.dumps(plain(value), ensure_ascii=False, indent=2))
        return
    width = max((len(label) for label, _ in lines), default=0)
    for label, text in lines:
        first, *more = (text or "-").splitlines() or ["-"]
        _write(f"{label:<{width}}  {printable(first)}")
        for line in more:
            _write(f"{'':<{width}}  {printable(line)}")


def print_text(text: str) -> None:
    """Print what is data as it stands, such as a file."""
    sys.stdout.write(text)
    sys.stdout.flush()


def plain(value: object) -> Any:
    """The value as JSON has it: times in UTC, records by the names of their fields."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def _print_array(rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        _write(f"{',' if count else '['}\n{json.dumps(plain(row), ensure_ascii=False)}", end="")
        count += 1
    _write("\n]" if count else "[]")
    return count


def _print_columns(rows: Iterable[Row], columns: Mapping[str, Callable[[Row], str]]) -> int:
    cells = _cells(rows, columns)
    first = list(islice(cells, MEASURED_ROWS))
    if not first:
        return 0
    headings = [heading.upper() for heading in columns]
    widths = [max(map(len, column)) for column in zip(headings, *first, strict=True)]
    count = 0
    for line in chain([headings], first, cells):
        padded = "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        _write(padded.rstrip())
        count += 1
    return count - 1


def _cells(rows: Iterable[Row], columns: Mapping[str, Callable[[Row], str]]) -> Iterator[list[str]]:
    for row in rows:
        yield [printable(cell(row)).replace("\n", "\\n") or "-" for cell in columns.values()]


def _write(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)

"""The commands of a page with what they print, and whether that is what they print now.

What differs from run to run (ids, times, ages, hosts) may differ, each id in the same way throughout a page.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_VARYING = {
    "id": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "gotime": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC",
    "minute": r"\d{4}-\d\d-\d\d \d\d:\d\d UTC",
    "host": r"[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+",
    "age": r"(?:\d+[dhms] ?)+(?= )",
    "seconds": r"\d+\.\d s\b",
    "random": r"[A-Za-z0-9+/=]{64,}",
    "size": r"\d+(?:\.\d)? (?:[KMG]i)?B",
}
_TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _VARYING.items()))


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of a page.

    :param section: the heading that it stands under.
    :param line: what is typed.
    :param printed: what the page says that it prints.
    """

    section: str
    line: str
    printed: str

    @property
    def arguments(self) -> list[str]:
        """The words of the line."""
        return shlex.split(self.line)


def commands(page: str) -> Iterator[Command]:
    """Every command of a page, in order."""
    headings = [(found.start(), found[1]) for found in _HEADING.finditer(page)]
    for block in _BLOCK.finditer(page):
        section = next((title for start, title in reversed(headings) if start < block.start()), "")
        for entry in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
            line, _, printed = entry.partition("\n")
            yield Command(section=section, line=line, printed=printed)


def rewritten(page: str, run: Callable[[Command], tuple[str, str]]) -> str:
    """The page with what its commands print now.

    :param run: what was typed and printed in the place of a command.
    """
    known = iter(list(commands(page)))

    def block(_: re.Match[str]) -> str:
        count = _[1].count("\n$ ") + 1
        entries = []
        for _number in range(count):
            line, printed = run(next(known))
            entries.append(f"$ {line}\n{printed}")
        return f"```console\n{''.join(entries)}```"

    return _BLOCK.sub(block, page)


class Names:
    """Which id of the page is which id of this run."""

    def __init__(self) -> None:
        self._now: dict[str, str] = {}

    def now(self, line: str) -> str:
        """A line of the page with the ids of this run."""
        return re.sub(_VARYING["id"], lambda found: self._now.get(found[0], found[0]), line)

    def follow(self, shown: str, printed: str) -> None:
        """Take the ids of what was printed in the place of those that the page shows, as far as they go."""
        ids = re.compile(_VARYING["id"])
        self._now.update(zip(ids.findall(shown), ids.findall(printed), strict=False))

    def learn(self, shown: str, printed: str, *, counts_vary: bool = False) -> None:
        """Hold what the page shows against what was printed.

        :param counts_vary: whether any number may differ, as in a drill, whose moment is random.
        :raises AssertionError: where they differ in what must not.
        """
        expected, actual = _lines(shown), _lines(printed)
        assert len(expected) == len(actual), f"the page shows:\n{shown}\nprinted was:\n{printed}"
        for one, other in zip(expected, actual, strict=True):
            frames = [
                re.sub(r"\d+", "<n>", _frame(line)) if counts_vary else _frame(line) for line in (one, other)
            ]
            assert frames[0] == frames[1], f"the page shows:\n{one}\nprinted was:\n{other}"
            ids = re.compile(_VARYING["id"])
            for old, new in zip(ids.findall(one), ids.findall(other), strict=True):
                assert self._now.setdefault(old, new) == new, f"{old} was {self._now[old]} and is {new}"


def _lines(text: str) -> list[str]:
    """Without the blanks that only line columns up."""
    return [re.sub(r" {2,}", "  ", line.rstrip()) for line in text.strip().splitlines()]


def _frame(line: str) -> str:
    return _TOKEN.sub(lambda found: f"<{found.lastgroup}>", f"{line} ").rstrip()

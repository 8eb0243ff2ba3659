"""A mistake in a configuration, and the one report that carries all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

MISSING = object()
"""Stands for the value of a key that was not given at all."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing that is wrong with a configuration.

    :param key: the configuration key, with its path where the value is nested (``states.prod``).
    :param value: the value as it was given, or ``MISSING``.
    :param problem: what is wrong with it, as a clause that follows the value.
    :param fix: what to write instead.
    """

    key: str
    value: object
    problem: str
    fix: str

    def __str__(self) -> str:
        given = "" if self.value is MISSING else f" = {shown(self.value)}"
        return f"{self.key}{given}: {self.problem}. Fix: {self.fix}."


class SettingsError(ValueError):
    """A configuration cannot be used; ``mistakes`` holds every reason found, in the order of the keys."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        lines = "\n".join(f"  - {mistake}" for mistake in self.mistakes)
        super().__init__(f"the configuration has {count}, so nothing was made:\n{lines}")


def shown(value: object) -> str:
    """The value as it fits in one line of a report."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that ``word`` was probably meant to be, if any comes close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None

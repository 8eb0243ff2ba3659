"""The condition keys of a request: what is known, what is known to be missing, and what nobody can say."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

EVERYTHING_ELSE = "*"
"""As ``absent``: the request has no key but those that are given."""


class Missing(Enum):
    """Why a key has no value."""

    ABSENT = "absent"
    """The request does not have it."""
    UNKNOWN = "unknown"
    """Nobody can say whether it has it, or which value."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """The keys, whose names are compared without regard to case.

    :param values: by key in lower case; several where the key has several.
    :param absent: keys in lower case, with ``*``, that the request does not have unless they are in ``values``.
    """

    values: Mapping[str, tuple[str, ...]]
    absent: tuple[str, ...] = ()

    def look(self, key: str) -> tuple[str, ...] | Missing:
        """The values of a key."""
        name = key.lower()
        found = self.values.get(name)
        if found:
            return found
        if found is not None or any(fnmatchcase(name, pattern) for pattern in self.absent):
            return Missing.ABSENT
        return Missing.UNKNOWN


def context(values: Mapping[str, str | tuple[str, ...]], *, absent: tuple[str, ...] = ()) -> Context:
    """The context of keys as they are usually written."""
    listed = {key.lower(): (value,) if isinstance(value, str) else value for key, value in values.items()}
    return Context(values=listed, absent=tuple(pattern.lower() for pattern in absent))

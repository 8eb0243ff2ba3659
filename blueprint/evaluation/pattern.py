"""Text with the wildcards ``*`` and ``?`` and with policy variables.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from blueprint.evaluation.context import Context, Missing
from blueprint.evaluation.truth import NO, YES, Need, Truth, undecided

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"(?P<key>.*?)\s*,\s*'(?P<default>.*)'", re.DOTALL)
_CHARACTERS = {"*", "?", "$"}
"""What ``${*}`` and its like stand for, themselves and no wildcards."""


@dataclass(frozen=True)
class Pattern:
    """A text to compare with.

    :param expression: the same as a regular expression, with a group for each variable that is unknown.
    :param unknown: the keys of those variables.
    """

    expression: re.Pattern[str]
    unknown: tuple[str, ...] = ()

    def match(self, text: str) -> Truth:
        """Whether the whole text matches; with a variable that is unknown, which value would make it match."""
        found = self.expression.fullmatch(text)
        if found is None:
            return NO
        if not self.unknown:
            return YES
        return undecided(
            *(
                Need(key=key, operator="StringEquals", values=(found[group],))
                for group, key in enumerate(self.unknown, start=1)
            )
        )


def pattern(
    text: str,
    context: Context,
    *,
    variables: bool = True,
    wildcards: bool = True,
    ignore_case: bool = False,
) -> Pattern | None:
    """The pattern that a policy's text is for a request; ``None`` where a variable has no value: nothing matches.

    :param variables: whether the policy knows variables; before version 2012-10-17 none did.
    """
    if not variables or "${" not in text:
        return Pattern(_plain(text, wildcards, ignore_case))
    parts: list[str] = []
    unknown: list[str] = []
    for literal, variable in _split(text):
        parts.append(_escaped(literal, wildcards))
        if variable is None:
            continue
        if variable in _CHARACTERS:
            parts.append(re.escape(variable))
            continue
        value = _value(variable, context)
        if value is Missing.ABSENT:
            return None
        if value is Missing.UNKNOWN:
            unknown.append(_key(variable)[0])
            parts.append("(.*)")
        else:
            parts.append(re.escape(value))
    return Pattern(_compiled("".join(parts), ignore_case), tuple(unknown))


def matches(text: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether a value matches a text with wildcards and no variables."""
    return _plain(text, True, ignore_case).fullmatch(value) is not None


def _split(text: str) -> Iterator[tuple[str, str | None]]:
    """What stands between variables, each with the variable behind it."""
    end = 0
    for found in _VARIABLE.finditer(text):
        yield text[end : found.start()], found[1]
        end = found.end()
    yield text[end:], None


def _key(variable: str) -> tuple[str, str | None]:
    """The key of a variable, and the value that it has where the request does not have the key."""
    found = _DEFAULT.fullmatch(variable)
    return (found["key"], found["default"]) if found else (variable, None)


def _value(variable: str, context: Context) -> str | Missing:
    key, default = _key(variable)
    found = context.look(key)
    if isinstance(found, Missing):
        return default if found is Missing.ABSENT and default is not None else found
    # A key with several values is no variable.
    return found[0] if len(found) == 1 else Missing.ABSENT


def _escaped(text: str, wildcards: bool) -> str:
    if not wildcards:
        return re.escape(text)
    once = re.sub(r"\*+", "*", text)
    return "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in once)


@lru_cache(maxsize=4096)
def _plain(text: str, wildcards: bool, ignore_case: bool) -> re.Pattern[str]:
    return _compiled(_escaped(text, wildcards), ignore_case)


def _compiled(expression: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))

"""Fills in the variables of policies, such as ``${aws:PrincipalTag/team}``, which ministack takes as they stand.

A variable without a value matches nothing, and so does one whose value holds a wildcard. Special ones, such as
``${*}``, and default values are not known here.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NOTHING = "\0"


def correct() -> None:
    """Fill them in wherever this process judges a resource or a condition."""
    known_match, known_conditions = iam_evaluator._first_match, iam_evaluator._conditions_met

    def first_match(context: Any, statements: Sequence[Any], effect: str) -> Any:
        for statement in statements:
            filled = replace(
                statement,
                resources=[fill(text, context) for text in statement.resources],
                not_resources=[fill(text, context) for text in statement.not_resources],
            )
            if known_match(context, [filled], effect):
                return statement
        return None

    def conditions_met(conditions: dict[str, Any], context: Any) -> bool:
        filled = {
            operator: {key: _fill_all(values, context) for key, values in block.items()}
            for operator, block in (conditions or {}).items()
            if isinstance(block, dict)
        }
        return bool(known_conditions(filled, context))

    iam_evaluator._first_match = first_match
    iam_evaluator._conditions_met = conditions_met


def fill(text: str, context: Any) -> str:
    """``text`` with the values that the request gives its variables."""

    def value(variable: re.Match[str]) -> str:
        found = iam_evaluator._resolve_condition_key(variable[1], context)
        return found if isinstance(found, str) and not set(found) & set("*?") else _NOTHING

    return _VARIABLE.sub(value, text)


def _fill_all(values: Any, context: Any) -> Any:
    if isinstance(values, list):
        return [_fill_all(value, context) for value in values]
    return fill(values, context) if isinstance(values, str) else values

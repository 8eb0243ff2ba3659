"""Policy variables, filled in before an evaluator that does not know them sees the policy.

Neither evaluator knows them in conditions, and the emulator's not in resources either. A variable without a value
stays as it is: no request holds such a text, and so the statement does not match, as AWS says.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from typing import Any, cast

from blueprint.policy_document import PolicyDocument
from tests.proof.request import Context

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def filled_in(document: PolicyDocument, context: Context, *, elements: tuple[str, ...]) -> PolicyDocument:
    """The document with values for variables in these elements of its statements."""
    # Most have none, and to copy each for each of many thousand requests takes longer than to judge it.
    if "${" not in repr(document):
        return document
    statements = [
        {name: _filled(value, context) if name in elements else value for name, value in statement.items()}
        for statement in document["Statement"]
    ]
    return cast(PolicyDocument, {**document, "Statement": statements})


def _filled(value: Any, context: Context) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _value(found, context), value) if "${" in value else value
    if isinstance(value, dict):
        return {key: _filled(one, context) for key, one in value.items()}
    return [_filled(one, context) for one in value]


def _value(found: re.Match[str], context: Context) -> str:
    value = context.get(found[1])
    return value if isinstance(value, str) else found[0]

"""Policies as statements by Sid, so that two are the same where they say the same in another order or spelling.

AWS takes a string where it takes a list of one, and keeps no order in lists of actions, resources and values.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Mapping
from typing import Any

from blueprint.policy_document import PolicyDocument, to_json


def as_plain(document: PolicyDocument) -> Any:
    """The document as AWS gives it back: lists and strings alone."""
    return json.loads(to_json(document))


def statements(document: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """The statements of a policy by their Sid, in one spelling.

    What has no Sid is named by its place; more than one can have the same.

    :param document: a policy as AWS reports it; ``None`` where there is none.
    """
    listed = (document or {}).get("Statement", ())
    found: dict[str, list[Any]] = {}
    for number, statement in enumerate([listed] if isinstance(listed, Mapping) else listed, start=1):
        sid = statement.get("Sid") or f"(statement {number}, without a Sid)"
        found.setdefault(sid, []).append({name: _one_spelling(name, value) for name, value in statement.items()})
    return found


def _one_spelling(name: str, value: Any) -> Any:
    if name in {"Sid", "Effect"}:
        return value
    if name == "Condition":
        return {
            operator: {key: _values(values) for key, values in keys.items()} for operator, keys in value.items()
        }
    if isinstance(value, Mapping):
        return {key: _values(values) for key, values in value.items()}
    return _values(value)


def _values(value: Any) -> Any:
    """One value as it stands, several as a sorted list; truth and numbers as the text that AWS makes of them."""
    texts = sorted({_text(item) for item in (value if isinstance(value, list | tuple) else [value])})
    return texts[0] if len(texts) == 1 else texts


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

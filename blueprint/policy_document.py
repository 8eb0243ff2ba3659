"""The shape of an IAM policy document, and its one way to become JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

Condition = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Operator to key to value or values."""


class Statement(TypedDict):
    """One statement. The Sid is what proofs, findings and error texts refer to it by."""

    Sid: str
    Effect: Literal["Allow", "Deny"]
    Principal: NotRequired[Mapping[str, str | Sequence[str]] | Literal["*"]]
    Action: str | Sequence[str]
    Resource: NotRequired[str | Sequence[str]]
    NotResource: NotRequired[str | Sequence[str]]
    Condition: NotRequired[Condition]


class PolicyDocument(TypedDict):
    """A whole policy."""

    Version: Literal["2012-10-17"]
    Statement: Sequence[Statement]


def policy(*statements: Statement) -> PolicyDocument:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def to_json(document: PolicyDocument) -> str:
    """The document as AWS takes it, without a blank: AWS counts characters."""
    return json.dumps(document, separators=(",", ":"))

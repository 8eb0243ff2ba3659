"""Lets policies in ministack see what it leaves out of a request's condition keys.

Without three headers of a write, a statement that wants ``If-None-Match`` on a lockfile refuses every lock, and
one that names a key or refuses SSE-C refuses nothing. Without an item's key, an Allow that is bound by it is none.
Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions

_HEADERS = {
    "if-none-match": "s3:if-none-match",
    "x-amz-server-side-encryption-aws-kms-key-id": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
}


def correct() -> None:
    """Give the condition keys to every request that this process judges."""
    known_of_object, known_of_item = iam_actions._s3_object_context, iam_actions.dynamodb_service_context

    def of_object(action: str, query: dict[str, Any], path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = known_of_object(action, query, path, headers)
        if action == "s3:PutObject":
            given = {name.lower(): value for name, value in headers.items()}
            found |= {key: given[name] for name, key in _HEADERS.items() if given.get(name)}
        return found

    def of_item(body: bytes) -> dict[str, Any]:
        return {**known_of_item(body), **leading_keys(body)}

    iam_actions._s3_object_context = of_object
    iam_actions.dynamodb_service_context = of_item


def leading_keys(body: bytes) -> dict[str, list[str]]:
    """``dynamodb:LeadingKeys`` of a request for one item; none for others, which such an Allow then leaves out."""
    from ministack.services import dynamodb  # noqa: PLC0415 (reads its settings as it is imported)

    try:
        request = json.loads(body or b"{}")
        table = dynamodb._tables.get(request["TableName"].rsplit("/", 1)[-1])
        attributes = request.get("Key") or request["Item"]
        (value,) = attributes[table["pk_name"]].values()
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {"dynamodb:LeadingKeys": [str(value)]}

"""Lets policies in ministack see what it leaves out of a request's condition keys.

Without three headers of a write, a statement that wants ``If-None-Match`` on a lockfile refuses every lock, and
one that names a key or refuses SSE-C refuses nothing. Without an item's key, an Allow that is bound by it is none,
nor one of a key that is bound by an encryption context.
Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html,
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
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
    known_of_tags = iam_actions.request_tag_context

    def of_object(action: str, query: dict[str, Any], path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = known_of_object(action, query, path, headers)
        if action == "s3:PutObject":
            given = {name.lower(): value for name, value in headers.items()}
            found |= {key: given[name] for name, key in _HEADERS.items() if given.get(name)}
        return found

    def of_item(body: bytes) -> dict[str, Any]:
        return {**known_of_item(body), **leading_keys(body)}

    def of_request(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = known_of_tags(service, action, body, params)
        return {**found, **encryption_context(body)} if service == "kms" else found

    iam_actions.request_tag_context = of_request
    iam_actions._s3_object_context = of_object
    iam_actions.dynamodb_service_context = of_item


def encryption_context(body: bytes) -> dict[str, str]:
    """``kms:EncryptionContext:<name>`` for each pair of a request that has any."""
    try:
        pairs = json.loads(body or b"{}").get("EncryptionContext") or {}
        return {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}
    except (ValueError, AttributeError):
        return {}


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

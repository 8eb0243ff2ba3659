"""The ways in which single values are written at AWS and compared."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.plugin.shape import Codec


def document_text(value: Any) -> str:
    """A policy as the text that AWS takes; Pulumi passes text or an object."""
    return value if isinstance(value, str) else json.dumps(value)


def same_document(value: Any) -> Any:
    """A policy in a form in which two are equal when AWS takes them for the same: a list's order, and whether a
    single item is a list, mean nothing in a policy.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return _normal(value)


def _normal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _normal(item) for name, item in value.items()}
    if isinstance(value, list):
        items = sorted((_normal(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return value


def _tags_to_aws(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _tags_from_aws(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


DOCUMENT = Codec(document_text, document_text, same_document)
"""A policy document."""

TAGS = Codec(_tags_to_aws, _tags_from_aws)
"""A map of tags, a list of keys and values at AWS."""

SET = Codec(canonical=lambda items: sorted(items, key=str))
"""A list whose order means nothing."""

DATE = Codec(_moment, lambda moment: _moment(moment).strftime("%Y-%m-%dT%H:%M:%SZ"), _moment)
"""A moment in time."""

KEY = Codec(canonical=lambda name: name.rpartition("/")[2])
"""A KMS key by its id or ARN."""

URL = Codec(canonical=lambda url: url.removeprefix("https://"))
"""An address that AWS gives back without `https://`."""

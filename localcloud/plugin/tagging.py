"""Tags: the provider's default ones below the resource's own."""

from collections.abc import Mapping
from typing import Any


def merged(default: Mapping[str, str], own: Any) -> Any:
    """All tags that a resource with the tags `own` shall carry; unknown when `own` is."""
    return {**default, **own} if isinstance(own, Mapping) else (dict(default) if own is None else own)


def visible(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags without those that AWS itself sets."""
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def surplus(live: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The keys of `live` tags that are to go."""
    return [key for key in live if key not in wanted]


def missing(live: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The `wanted` tags that are not there, or with another value."""
    return {key: value for key, value in wanted.items() if live.get(key) != value}

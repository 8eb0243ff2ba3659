"""Answers that come page by page, with whatever goes wrong between two pages explained."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from store.failures import explained


def each_page(pages: Iterable[Any], action: str, resource: str) -> Iterator[Mapping[str, Any]]:
    """The pages of a paginator, each asked for when it is wanted.

    :param action: the IAM action that it needs.
    :param resource: what it is about, in words for a person.
    """
    iterator = iter(pages)
    while True:
        with explained(action, resource):
            page = next(iterator, None)
        if page is None:
            return
        yield page

"""Finds the version that somebody means."""

import re
from collections.abc import Iterator
from itertools import islice

from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from store.bucket import StoredVersion
from store.store import Store

_BACK = re.compile(r"latest(?:-(\d{1,6}))?")


def contents(store: Store, key: str) -> Iterator[StoredVersion]:
    """The versions of a state that have a content, newest first; delete markers have none."""
    return (version for version in store.bucket.versions_of(key) if not version.deleted)


def choose(store: Store, key: str, name: str) -> StoredVersion:
    """The version that ``name`` names.

    :param name: a version id, ``latest``, or ``latest-N`` for the Nth before it.
    :raises statectl.refusal.RefusalError: where there is none, or it is a delete marker.
    """
    back = _BACK.fullmatch(name)
    if back:
        found = next(islice(contents(store, key), int(back[1] or 0), None), None)
    else:
        found = next((version for version in store.bucket.versions_of(key) if version.version_id == name), None)
    if found is None:
        raise RefusalError(
            f"{key} has no version {name}",
            next_step=f"see `statectl versions ls {key}`; latest-1 is the one before the newest",
            code=ExitCode.USAGE,
        )
    if found.deleted:
        raise RefusalError(
            f"version {name} of {key} is a delete marker: there is nothing in it",
            next_step=f"see `statectl recover {key}`",
            code=ExitCode.USAGE,
        )
    return found

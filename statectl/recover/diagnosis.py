"""What is wrong with a state, and what would mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from statectl.known_backend import KnownBackend
from statectl.states.listing import DigestCheck, check_digest, is_state, state_rows
from statectl.versions.choice import contents
from statefile.keys import split_workspace
from statefile.state import State, UnreadableStateError, digest, parse_state
from store.bucket import Content, StoredVersion
from store.failures import NotThereError
from store.store import Store

LOOKED_BACK = 50
"""Versions that are read at most to find a good one, or the one that a digest was made of."""


class Condition(StrEnum):
    """How a state is."""

    FINE = "fine"
    NEVER_WRITTEN = "never written"
    DELETED = "deleted"
    UNREADABLE = "unreadable"
    DIGEST_DIFFERS = "digest differs"


class Cure(StrEnum):
    """What would mend it."""

    RESTORE = "restore"
    """Put a version back."""
    WRITE_DIGEST = "write digest"
    """Let the lock table remember the state that is there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GoodVersion:
    """A version that can be put back.

    :param version_id: S3's id of it.
    :param serial: its serial.
    :param modified: when it was written.
    :param resources: how many resource instances it holds.
    """

    version_id: str
    serial: int
    modified: datetime
    resources: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """A state and what is wrong with it.

    :param key: its key.
    :param condition: how it is.
    :param reason: in words, as a clause that follows its name.
    :param version_id: the current version; ``null`` where there is none.
    :param cure: what would mend it; ``null`` where nothing is wrong, or nothing here can.
    :param good: the version that a restore puts back.
    """

    key: str
    condition: Condition
    reason: str
    version_id: str | None
    cure: Cure | None
    good: GoodVersion | None


def diagnose(store: Store, key: str) -> Diagnosis:
    """What is wrong with the state at ``key``."""
    try:
        content = store.bucket.read(key)
    except NotThereError:
        return _gone(store, key)
    try:
        state = parse_state(content.body)
    except UnreadableStateError as error:
        return _to_restore(store, key, Condition.UNREADABLE, str(error), content.version_id)
    remembered = store.table.digest(key) if store.table is not None else None
    if remembered is None or check_digest(remembered, content.body) is not DigestCheck.DIFFERS:
        return Diagnosis(
            key=key,
            condition=Condition.FINE,
            reason=f"is in order, at serial {state.serial}",
            version_id=content.version_id,
            cure=None,
            good=None,
        )
    return _of_digest(store, content, state, remembered)


def bad_states(backend: KnownBackend, store: Store, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The key of every state that is not in order, with what is wrong: one listing, one read for each state.

    Workspaces that were deleted are left out: that is how Terraform ends them.
    """
    for row in state_rows(backend, store, prefix):
        if row.problem is not None:
            yield row.key, row.problem
        elif row.digest is DigestCheck.DIFFERS:
            yield row.key, "is not the state that the lock table remembers"
    for version in store.bucket.versions(prefix):
        workspace, _ = split_workspace(version.key, prefix=store.location.workspace_prefix)
        if version.deleted and version.latest and workspace == "default" and is_state(backend, version.key):
            yield version.key, "was deleted"


def _gone(store: Store, key: str) -> Diagnosis:
    marker = next(store.bucket.versions_of(key), None)
    if marker is None:
        return Diagnosis(
            key=key,
            condition=Condition.NEVER_WRITTEN,
            reason="was never written, or its last version has expired",
            version_id=None,
            cure=None,
            good=None,
        )
    when = marker.modified.strftime("%Y-%m-%d %H:%M UTC")
    return _to_restore(store, key, Condition.DELETED, f"was deleted on {when}", None)


def _to_restore(store: Store, key: str, condition: Condition, reason: str, version_id: str | None) -> Diagnosis:
    good = next(_good_versions(store, key), None)
    return Diagnosis(
        key=key,
        condition=condition,
        reason=reason,
        version_id=version_id,
        cure=Cure.RESTORE if good else None,
        good=_described(*good) if good else None,
    )


def _of_digest(store: Store, content: Content, state: State, remembered: str) -> Diagnosis:
    """A good state that is not the one remembered: either the digest was not written, or the state was replaced.

    Where the remembered one is at hand and newer, or another's, somebody wrote past Terraform: it comes back.
    """
    key = content.key
    matching = next(
        (
            (version, other)
            for version, other, body in _read_versions(store, key)
            if digest(body) == remembered.lower() and version.version_id != content.version_id
        ),
        None,
    )
    if matching is not None and (matching[1].serial > state.serial or matching[1].lineage != state.lineage):
        reason = f"was replaced by serial {state.serial}; the lock table remembers serial {matching[1].serial}"
        cure, good = Cure.RESTORE, _described(*matching)
    else:
        known = f"serial {matching[1].serial}" if matching else "a state that no version holds"
        reason = f"is at serial {state.serial}; the lock table remembers {known}"
        cure, good = Cure.WRITE_DIGEST, None
    return Diagnosis(
        key=key,
        condition=Condition.DIGEST_DIFFERS,
        reason=reason,
        version_id=content.version_id,
        cure=cure,
        good=good,
    )


def _good_versions(store: Store, key: str) -> Iterator[tuple[StoredVersion, State]]:
    return ((version, state) for version, state, _ in _read_versions(store, key) if not state.encrypted)


def _read_versions(store: Store, key: str) -> Iterator[tuple[StoredVersion, State, bytes]]:
    """The newest versions that are states, with what each says; read one after another, until one is enough."""
    for version in islice(contents(store, key), LOOKED_BACK):
        try:
            body = store.bucket.read(key, version.version_id).body
            yield version, parse_state(body), body
        except (UnreadableStateError, NotThereError):
            continue


def _described(version: StoredVersion, state: State) -> GoodVersion:
    return GoodVersion(
        version_id=version.version_id,
        serial=state.serial,
        modified=version.modified,
        resources=state.resources,
    )

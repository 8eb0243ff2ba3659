"""Reads what the last writer of a state left behind: the state, its digest, and the versions of its lockfile."""

from collections.abc import Iterator
from datetime import UTC, datetime

from statectl.move.lock_evidence import Evidence, LockfileTaken
from statectl.states.listing import DigestCheck, check_digest
from statefile.keys import lockfile_key
from statefile.lock import LockInfo, UnreadableLockError, parse_lock
from statefile.state import UnreadableStateError, parse_state
from store.bucket import Content, StoredVersion
from store.failures import NotThereError
from store.lock_table import LockTable
from store.store import Store

OWN = "statectl"
"""What begins the operation of every lock that ``statectl`` takes, which says nothing of clients."""
LOCKS_READ = 20
"""How many lockfiles of its own are passed over at most."""


def read_evidence(store: Store, table: LockTable, key: str, content: Content | None) -> Evidence:
    """The evidence on one state.

    :param content: the state; ``None`` where there is none.
    """
    looked = datetime.now(UTC)
    if content is None:
        return Evidence(
            modified=None, version="", digest=DigestCheck.NONE, by_client=False, lockfile=None, looked=looked
        )
    remembered, by_client = table.digest_and_writer(key)
    return Evidence(
        modified=content.modified,
        version=_version(content.body),
        digest=check_digest(remembered, content.body),
        by_client=by_client,
        lockfile=_newest_taken(store, key),
        looked=looked,
    )


def _version(body: bytes) -> str:
    try:
        return parse_state(body).terraform_version
    except UnreadableStateError:
        return ""


def _newest_taken(store: Store, key: str) -> LockfileTaken | None:
    """The newest lockfile that a client took; those of ``statectl`` itself are passed over."""
    for _, (version, until) in zip(range(LOCKS_READ), _held_times(store, lockfile_key(key)), strict=False):
        info = _read(store, version)
        if info is not None and not info.operation.startswith(OWN):
            return LockfileTaken(since=version.modified, until=until, version=info.version)
    return None


def _held_times(store: Store, key: str) -> Iterator[tuple[StoredVersion, datetime | None]]:
    """Each version of a lockfile, newest first, and when it gave way to what came next."""
    until: datetime | None = None
    for version in store.bucket.versions_of(key):
        if not version.deleted:
            yield version, until
        until = version.modified


def _read(store: Store, version: StoredVersion) -> LockInfo | None:
    try:
        return parse_lock(store.bucket.read(version.key, version.version_id).body)
    except (NotThereError, UnreadableLockError):
        # Cleaned up since it was listed, or none of Terraform's.
        return None

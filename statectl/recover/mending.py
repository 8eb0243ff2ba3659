"""Lets the lock table remember the state that is there, under the lock."""

import contextlib

from statectl.own_lock import own_lock
from statefile.state import digest
from store.failures import ChangedMeanwhileError, StoreFailureError
from store.store import Store

OPERATION = "statectl recover"
"""What the lock says meanwhile."""


def write_digest(store: Store, key: str, version_id: str) -> None:
    """Write the digest of the state at ``key``, if it is still this version.

    :raises store.failures.LockedError: where somebody holds the lock.
    :raises store.failures.ChangedMeanwhileError: where somebody wrote the state meanwhile.
    """
    table = store.table
    if table is None:
        raise ValueError("a backend without a lock table keeps no digests")
    lock = own_lock(store.location.bucket, key, operation=OPERATION, info=f"writes the digest of {version_id}")
    held = store.take_lock(key, lock)
    try:
        content = store.bucket.read(key)
        if content.version_id != version_id:
            raise ChangedMeanwhileError(f"{key} was written meanwhile", next_step="run the same command again")
        table.write_digest(key, digest(content.body), replacing=table.digest(key))
    except BaseException:
        # What stopped it matters more than that the lock could not be freed either.
        with contextlib.suppress(StoreFailureError):
            store.free_lock(held)
        raise
    store.free_lock(held)

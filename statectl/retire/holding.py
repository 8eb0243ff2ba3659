"""Holds the lock of every state of a backend that is being retired: who meets it reads why."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from statectl.exit_code import ExitCode
from statectl.own_lock import own_lock
from statectl.refusal import RefusalError
from statectl.retire.record import Record
from statectl.text import moment
from statefile.lock import LockInfo
from store.failures import LockedError
from store.held import Held
from store.parallel import in_order
from store.store import Store

OPERATION = "statectl retire"
"""What such a lock says that it is for."""


def retirement_lock(store: Store, key: str, record: Record) -> LockInfo:
    """The lock of one state; the same again whenever the retirement goes on."""
    told = (
        f"this backend is being retired by {record.by} since {moment(record.began)}: its states are exported and "
        "will be deleted. Do not force-unlock: writes are refused. Ask them, or an administrator can call it off: "
        "statectl retire --cancel"
    )
    lock = own_lock(
        store.location.bucket,
        key,
        operation=OPERATION,
        info=told,
        resumed=_lock_id(record, key),
    )
    return replace(lock, created=record.began, who=record.host)


def hold(store: Store, keys: Sequence[str], record: Record) -> None:
    """Hold the lock of each of these states, in each place that Terraform takes it in.

    Whoever is at work holds theirs and is left to end in peace.

    :raises statectl.refusal.RefusalError: where somebody does; then the locks that are held here are freed.
    """

    def attempt(key: str) -> LockedError | None:
        try:
            store.take_lock(key, retirement_lock(store, key, record))
        except LockedError as error:
            return error
        return None

    refused = [error for error in in_order(attempt, keys) if error is not None]
    if refused:
        let_go(store, record)
        raise RefusalError(
            f"{refused[0]}{f' (and {len(refused) - 1} more)' if len(refused) > 1 else ''}: somebody is at work",
            next_step="wait until they are done: statectl locks ls",
            code=ExitCode.LOCKED,
        )


def let_go(store: Store, record: Record) -> None:
    """Free every lock that this retirement holds, those of states that are gone among them, and nobody else's."""
    found = [*store.lockfiles.all()]
    if store.table is not None:
        found += [item for item in store.table.all() if isinstance(item, Held)]
    # The table's halves first, so that whoever takes the lockfile next does not meet the item.
    ours = [held for held in reversed(found) if held.id == _lock_id(record, held.key)]
    for held in ours:
        store.free_lock([held])


def _lock_id(record: Record, key: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{record.id}/{key}"))

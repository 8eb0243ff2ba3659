"""Breaks a lock: the one that is named, in each place where it is held, and never a newer one.

Terraform's own ``force-unlock`` reads, compares and then deletes whatever is there by then.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from statectl.exit_code import ExitCode
from statectl.locks.listing import HeldLock, joined
from statectl.refusal import RefusalError
from statectl.text import moment
from statefile.fence import fence_of
from statefile.moved import is_moved
from store.failures import ChangedMeanwhileError
from store.held import Held
from store.store import Store


@dataclass(frozen=True, kw_only=True)
class Break:
    """A lock that is to be broken.

    :param lock: the lock.
    :param halves: what is deleted, in the order of deletion: the table's item first, so that whoever takes the
        lockfile next does not then meet the item.
    """

    lock: HeldLock
    halves: tuple[Held, ...]


def find_lock(store: Store, key: str, lock_id: str) -> Break:
    """The lock of this ID.

    :raises statectl.refusal.RefusalError: where nobody holds one, or one of another ID, or a fence or note.
    """
    found = store.locks(key)
    halves = tuple(held for held in reversed(found) if held.id == lock_id)
    if not found:
        raise RefusalError(f"nobody holds the lock of {key}")
    if not halves:
        others = ", ".join(sorted({f"{held.id} (in the {held.kind})" for held in found}))
        raise RefusalError(
            f"the lock {lock_id} is not held on {key}; held is {others}",
            next_step="a newer lock is somebody's work: look with `statectl locks show` first",
            code=ExitCode.LOCKED,
        )
    (lock,) = joined(halves, store.location)
    fence = fence_of(halves[0].info)
    if fence is not None:
        raise RefusalError(
            f"the lock {lock_id} of {key} is a fence of `{fence}`: without it, who locks in the "
            f"{halves[0].kind} would write past those who do not",
            next_step=f"{fence.ended_by} takes it away, with everything else that this needs",
            code=ExitCode.LOCKED,
        )
    if is_moved(halves[0].info):
        raise RefusalError(
            f"the lock {lock_id} of {key} is a note: {lock.info.partition('. Do not')[0]}; without it, who "
            "still comes here would write to the old state",
            next_step=f"once nobody does: statectl move release {key}",
            code=ExitCode.LOCKED,
        )
    return Break(lock=lock, halves=halves)


def break_lock(store: Store, found: Break) -> tuple[Held, ...]:
    """Delete each half of the lock; the halves that were still there as they were found.

    :raises store.failures.ChangedMeanwhileError: where somebody was faster with all of them.
    """
    broken: list[Held] = []
    refused: ChangedMeanwhileError | None = None
    for half in found.halves:
        try:
            store.free_lock([half])
        except ChangedMeanwhileError as error:
            refused = error
        else:
            broken.append(half)
    if refused is not None and not broken:
        raise refused
    return tuple(broken)


def audit_line(store: Store, found: Break, broken: tuple[Held, ...], *, by: str, reason: str) -> str:
    """One line on who broke whose lock, when and why, as ``name=value``."""
    lock = found.lock
    fields = {
        "by": by,
        "state": f"{store.location.bucket}/{lock.key}",
        "lock": lock.id,
        "held_by": lock.who,
        "operation": lock.operation,
        "since": moment(lock.created),
        "broken_in": ",".join(half.kind for half in broken),
        "reason": reason,
    }
    values = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    return f"{moment(datetime.now(UTC))} lock-broken {values}"

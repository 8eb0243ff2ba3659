"""What a fence says to whoever meets it: Terraform prints it beside the state that it may not lock."""

import uuid

from statectl.own_lock import own_lock
from statefile.fence import Fence
from statefile.lock import LockInfo

WORKING = "statectl move lock"
"""What the lock says that is held while one state moves."""
_TOLD = {
    Fence.TABLE: (
        "locks of this state are lockfiles: set use_lockfile = true, take dynamodb_table out, and run terraform "
        "init -reconfigure. Do not force-unlock: others write under the lockfile"
    ),
    Fence.LOCKFILE: (
        "locks of this state are in the lock table: set dynamodb_table, take use_lockfile out, and run terraform "
        "init -reconfigure. Do not force-unlock: others write under the lock table"
    ),
}


def fence_lock(fence: Fence, bucket: str, key: str) -> LockInfo:
    """The fence of one state, by the same ID each time."""
    return own_lock(bucket, key, operation=fence, info=_TOLD[fence], resumed=_id(fence, bucket, key))


def working_lock(bucket: str, key: str) -> LockInfo:
    """The lock of one state while it moves, by the same ID each time, so that an interrupted move goes on."""
    told = "where this state is locked is about to change; again, the command goes on where it was interrupted"
    return own_lock(bucket, key, operation=WORKING, info=told, resumed=_id(WORKING, bucket, key))


def _id(operation: str, bucket: str, key: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{operation}/{bucket}/{key}"))

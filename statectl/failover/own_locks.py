"""The locks that a failover holds in the region that states left: Terraform reads in them where they went."""

import uuid
from dataclasses import replace

from statectl.failover.record import Direction, Run
from statectl.own_lock import own_lock
from statectl.text import moment
from statefile.lock import LockInfo
from store.failures import ChangedMeanwhileError, LockedError
from store.held import Held
from store.store import Store

OPERATIONS = {direction: f"statectl {direction}" for direction in Direction}
"""What such a lock says that it is for."""


def moved_lock(store: Store, key: str, run: Run, region: str) -> LockInfo:
    """The lock of one state; the same again when the run is resumed.

    :param store: the region that the state leaves.
    :param region: where it goes.
    """
    told = (
        f"{key} is written in {region} since {moment(run.since)}, moved by {run.by}. Do not force-unlock: writes "
        f"are refused here. Run terraform init -reconfigure with the backend configuration of {region}"
    )
    lock = own_lock(
        store.location.bucket,
        key,
        operation=OPERATIONS[run.direction],
        info=told,
        resumed=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{run.id}/{key}")),
    )
    return replace(lock, created=run.since, who=run.host)


def is_ours(held: Held) -> bool:
    """Whether a failover or failback holds it."""
    return held.info is not None and held.info.operation in OPERATIONS.values()


def hold(
    store: Store, key: str, lock: LockInfo, *, break_locks: bool
) -> tuple[tuple[Held, ...], tuple[Held, ...]]:
    """Hold the lock of a state in each place; what is held, and what was broken for it.

    Nothing is read where nobody holds it. A lock of an earlier failover gives way.

    :param break_locks: whether anybody's lock does.
    :raises store.failures.LockedError: where somebody holds it; then nothing is held that was not before.
    """
    broken: list[Held] = []
    held: list[Held] = []
    taken: list[Held] = []
    try:
        for place in store.taken_places:
            given_way = None
            # Twice, since it may be freed or broken in between.
            for _ in range(2):
                try:
                    taken.append(place.take(key, lock))
                    break
                except LockedError:
                    other = place.read(key)
                    if other is None:
                        continue
                    if other.is_fence:
                        # Who locks there is kept out already.
                        break
                    if other.id == lock.id:
                        held.append(other)
                        break
                    # Whoever took it between our breaking it and taking it is alive: then it is theirs.
                    if given_way is not None or not (break_locks or is_ours(other)):
                        raise locked_by(other) from None
                    place.free(other)
                    given_way = other
                    broken += [] if is_ours(other) else [other]
            else:
                raise LockedError(f"the lock of {key} changes hands all the time")
    except (LockedError, ChangedMeanwhileError):
        store.free_lock(taken)
        raise
    return (*held, *taken), tuple(broken)


def locked_by(held: Held) -> LockedError:
    """Who holds it, for whoever is kept out by it."""
    info = held.info
    who = info.who if info else "somebody unknown"
    what = f"{info.operation}, since {moment(info.created)}" if info else "unreadable"
    return LockedError(f"{who} holds the lock {held.id} in the {held.kind} ({what})")

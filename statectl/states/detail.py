"""One state, with all that is to be known of it."""

from dataclasses import dataclass
from datetime import datetime

from statectl.locks.listing import HeldLock, joined
from statectl.session import Session
from statectl.states.listing import DigestCheck, StateRow, check_digest, state_row
from statectl.talk import say
from statectl.writers import writers
from statefile.keys import split_workspace
from statefile.state import UnreadableStateError, parse_state
from store.failures import DeniedError, NotThereError, StoreFailureError
from store.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Replica:
    """The state as it is in the second region.

    :param serial: its serial there; ``null`` where it cannot be read.
    :param modified: when it arrived.
    """

    serial: int | None
    modified: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StateDetail:
    """A state and what surrounds it.

    :param state: the state itself.
    :param locks: who holds its lock.
    :param replica: the state in the second region; ``null`` where there is none.
    :param workspaces: the workspaces other than the default in which the same state exists.
    """

    state: StateRow
    locks: tuple[HeldLock, ...]
    replica: Replica | None
    workspaces: tuple[str, ...]


def state_detail(session: Session, key: str) -> StateDetail:
    """All that is to be known of the state at ``key``.

    :raises store.failures.NotThereError: where there is none.
    """
    backend, store = session.backend, session.store
    try:
        content = store.bucket.read(key)
    except NotThereError as error:
        raise NotThereError(
            f"there is no state at {key}",
            next_step="see `statectl states ls`, or `statectl recover` if it was deleted",
        ) from error
    locks = tuple(joined(store.locks(key), store.location))
    row = state_row(
        backend,
        content,
        lock=tuple(dict.fromkeys(place for lock in locks if not lock.fence for place in lock.places)),
        remembered=_digest(store, key, content.body),
        written_by=writers(session, key, content.modified).get(content.version_id),
    )
    return StateDetail(
        state=row,
        locks=locks,
        replica=_replica(session.replica, key),
        workspaces=_workspaces(store, key),
    )


def _digest(store: Store, key: str, body: bytes) -> DigestCheck:
    if store.table is None:
        return DigestCheck.NONE
    try:
        return check_digest(store.table.digest(key), body)
    except DeniedError:
        return DigestCheck.UNKNOWN


def _replica(store: Store | None, key: str) -> Replica | None:
    if store is None:
        return None
    try:
        content = store.bucket.read(key)
    except StoreFailureError as error:
        if not isinstance(error, NotThereError):
            say(f"The replica stays unknown: {error}")
        return None
    try:
        serial = parse_state(content.body).serial
    except UnreadableStateError:
        serial = None
    return Replica(serial=serial, modified=content.modified)


def _workspaces(store: Store, key: str) -> tuple[str, ...]:
    prefix = store.location.workspace_prefix
    _, own = split_workspace(key, prefix=prefix)
    try:
        found = [split_workspace(item.key, prefix=prefix) for item in store.bucket.objects(f"{prefix}/")]
    except DeniedError as error:
        say(f"Its workspaces stay unknown: {error}")
        return ()
    return tuple(workspace for workspace, other in found if other == own)

"""The backend with both places where a lock can be, whichever of them its stack uses now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from blueprint.backend import RegionalBackend, backend
from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.failover.inventory import Inventory, inventory, wanted_keys
from statectl.failover.record_keeper import RecordKeeper, under_way
from statectl.refusal import RefusalError
from statectl.session import Session
from store.failures import NotThereError
from store.held import LockKind
from store.parallel import in_order
from store.store import Store


@dataclass(frozen=True, kw_only=True)
class BothPlaces:
    """The states of a backend, and what is held in either place.

    :param first: the first region, with its table where there is one.
    :param second: the second region, with its table; ``None`` where it has none.
    :param keys: the keys of its states, those that its stack expects among them.
    :param fenced: by key, where there are fences.
    """

    first: Store
    second: Store | None
    keys: tuple[str, ...]
    fenced: Mapping[str, frozenset[LockKind]]


def both_places(session: Session) -> BothPlaces:
    """Look at both places: a listing, a scan of the table, and a read of each lockfile that is held.

    :raises statectl.refusal.RefusalError: where the second region writes states, or nothing names a lock table.
    """
    first, second = _stores(session)
    table, listed = first.table, Inventory()
    try:
        listed = inventory(session.backend, first)
    except NotThereError:
        if table is None or _is_there(first):
            raise
        # Without the table, the bucket's half.
        first = Store(session.clients, replace(first.location, table=None))
        listed = inventory(session.backend, first)
    fences: dict[str, frozenset[LockKind]] = {
        key: frozenset({held.kind}) for key, held in listed.table_locks.items() if held.is_fence
    }
    for held in in_order(first.lockfiles.read, sorted(listed.lockfiles)):
        if held is not None and held.is_fence:
            fences[held.key] = fences.get(held.key, frozenset()) | {held.kind}
    return BothPlaces(
        first=first,
        second=second if second is not None and _is_there(second) else None,
        keys=tuple(wanted_keys(session.backend, None, listed)),
        fenced=fences,
    )


def _is_there(store: Store) -> bool:
    """Whether the region has its lock table."""
    try:
        if store.table is not None:
            store.table.read("")
    except NotThereError:
        return False
    return store.table is not None


def _stores(session: Session) -> tuple[Store, Store | None]:
    known = session.backend
    if known.settings is None:
        if known.location.table is None:
            raise RefusalError(
                f"{known.source} names no lock table",
                next_step="name the stack with --stack, or the table with --bucket, --region and --table",
                code=ExitCode.USAGE,
            )
        return Store(session.clients, replace(known.location, lock=Lock.BOTH)), None
    plan = backend(known.settings.model_copy(update={"lock": Lock.BOTH}))
    first = Store(session.clients, replace(known.location, lock=Lock.BOTH, table=_table(plan.primary)))
    if known.replica is None or plan.replica is None:
        return first, None
    second = Store(session.clients, replace(known.replica, lock=Lock.BOTH, table=_table(plan.replica)))
    record = RecordKeeper(second.bucket).load()
    if record.run is not None:
        raise under_way(record.run)
    if not record.nothing_moved:
        raise RefusalError(
            f"states are written in {second.location.region}, since they failed over",
            next_step="bring them home first: statectl failback start",
        )
    return first, second


def _table(region: RegionalBackend) -> str | None:
    return region.table.name if region.table is not None else None

"""The locks of both kinds in one list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from settings.model import Lock
from statefile.fence import fence_of
from statefile.keys import split_workspace
from statefile.moved import is_moved
from store.held import Held, LockKind
from store.location import Location
from store.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLock:
    """A lock that somebody holds.

    :param key: the key of the locked state.
    :param workspace: the workspace that the key belongs to.
    :param id: the lock's ID; made of its bytes where it cannot be read.
    :param places: where it is held: ``lockfile``, ``table``, or both.
    :param missing: where it is not, though Terraform takes it there too: whoever held it was interrupted.
    :param who: ``<user>@<host>``; empty where it cannot be read.
    :param operation: what it was taken for.
    :param info: what else the holder said.
    :param version: the version of Terraform, OpenTofu or statectl that took it.
    :param created: since when; ``null`` where it does not say.
    :param age_seconds: for how long.
    :param readable: whether it is what Terraform writes.
    :param fence: whether ``statectl move lock`` put it there for good, to keep out who still locks in that place.
    :param note: whether ``statectl move`` left it where a state was, to keep out who does not know where it went.
    """

    key: str
    workspace: str
    id: str
    places: tuple[LockKind, ...]
    missing: tuple[LockKind, ...]
    who: str
    operation: str
    info: str
    version: str
    created: datetime | None
    age_seconds: int | None
    readable: bool
    fence: bool
    note: bool

    def is_older_than(self, age: timedelta | None) -> bool:
        """Whether it has been held for so long; what does not say since when counts as old; no fence or note."""
        if age is None or self.fence or self.note:
            return age is None
        return self.age_seconds is None or self.age_seconds >= age.total_seconds()


def held_locks(store: Store, prefix: str = "") -> Iterator[HeldLock]:
    """Every lock of the backend, by key."""
    found = [*store.lockfiles.all(prefix)]
    if store.table is not None:
        found += [item for item in store.table.all(prefix) if isinstance(item, Held)]
    return joined(found, store.location)


def joined(found: Iterable[Held], location: Location, now: datetime | None = None) -> Iterator[HeldLock]:
    """What was found in either place, the halves of one lock together."""
    by_lock: dict[tuple[str, str], list[Held]] = {}
    for held in found:
        by_lock.setdefault((held.key, held.id), []).append(held)
    for (key, lock_id), halves in sorted(by_lock.items()):
        info = next((half.info for half in halves if half.info is not None), None)
        created = info.created if info else None
        places = tuple(sorted((half.kind for half in halves), key=list(LockKind).index))
        fence = fence_of(info) is not None
        yield HeldLock(
            key=key,
            workspace=split_workspace(key, prefix=location.workspace_prefix)[0],
            id=lock_id,
            places=places,
            missing=() if fence else tuple(place for place in taken_in(location.lock) if place not in places),
            who=info.who if info else "",
            operation=info.operation if info else "",
            info=info.info if info else "",
            version=info.version if info else "",
            created=created,
            age_seconds=max(0, int(((now or datetime.now(UTC)) - created).total_seconds())) if created else None,
            readable=info is not None,
            fence=fence,
            note=is_moved(info),
        )


def taken_in(lock: Lock) -> tuple[LockKind, ...]:
    """Where Terraform takes a lock."""
    places = {LockKind.LOCKFILE: lock.uses_lockfile, LockKind.TABLE: lock.uses_table}
    return tuple(place for place, used in places.items() if used)

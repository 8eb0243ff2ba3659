"""What one region holds, listed once: which states, and which of their locks and digests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from statectl.known_backend import KnownBackend
from statectl.states.listing import is_state
from statefile.keys import split_workspace, state_of_lockfile
from store.held import Held
from store.store import Store


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The listing of a bucket and the scan of its lock table.

    :param keys: the keys of its states.
    :param lockfiles: the keys of the states that have a lockfile.
    :param table_locks: the locks that are held in the table, by key.
    :param digests: the table's digests by key.
    """

    keys: frozenset[str] = frozenset()
    lockfiles: frozenset[str] = frozenset()
    table_locks: Mapping[str, Held] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    def locks(self, store: Store, key: str) -> tuple[Held, ...]:
        """The locks that somebody holds; a lockfile is read, since a listing does not say whose it is."""
        lockfile = store.lockfiles.read(key) if key in self.lockfiles else None
        found = (lockfile, self.table_locks.get(key))
        return tuple(held for held in found if held is not None and not held.is_fence)

    def is_fenced_in_table(self, key: str) -> bool:
        """Whether a fence says that this state is locked in the table no more."""
        held = self.table_locks.get(key)
        return held is not None and held.is_fence


NOTHING = Inventory()
"""Of a region that cannot be asked."""


def inventory(backend: KnownBackend, store: Store) -> Inventory:
    """What a region holds: a call for each thousand objects, and one for each megabyte of the table."""
    keys, lockfiles, locks, digests = set(), set(), {}, {}
    for found in store.bucket.objects():
        state = state_of_lockfile(found.key)
        if state is not None:
            lockfiles.add(state)
        elif is_state(backend, found.key):
            keys.add(found.key)
    for item in store.table.all() if store.table is not None else ():
        if isinstance(item, Held):
            locks[item.key] = item
        else:
            digests[item.key] = item.value
    return Inventory(keys=frozenset(keys), lockfiles=frozenset(lockfiles), table_locks=locks, digests=digests)


def wanted_keys(backend: KnownBackend, base_keys: frozenset[str] | None, *listed: Inventory) -> list[str]:
    """The keys that a move is about, in order: states that are there, that the stack expects, or that are named.

    :param base_keys: the states by their keys in the default workspace, with their workspaces; ``None`` for all.
    """
    there = {key for one in listed for key in (*one.keys, *one.lockfiles, *one.table_locks)}
    found = there | (backend.expected or frozenset()) | (base_keys or frozenset())
    return sorted(key for key in found if base_keys is None or base_key(backend, key) in base_keys)


def base_key(backend: KnownBackend, key: str) -> str:
    """The key of the same state in the default workspace."""
    return split_workspace(key, prefix=backend.location.workspace_prefix)[1]

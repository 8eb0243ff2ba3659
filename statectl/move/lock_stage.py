"""The stages from one lock to another, and which clients may be at work in each.

A client with ``dynamodb_table`` and ``use_lockfile`` takes both locks, so that it excludes clients of either kind.
A client of the table alone and one of lockfiles alone exclude nobody of each other: they must never be at work in
one stage. Between them lie two stages, in which one of the two has gone and the other has not come. What keeps
out whoever is not of a stage:

===================  =====================  ===================================================================
stage                clients                kept out by
===================  =====================  ===================================================================
``TABLE``            table                  the fence in the lockfile: both take the lockfile first
``BOTH_OR_TABLE``    table, both            no file names the lockfile alone; where one writes all the same, the
                                            digest is of an older state, and all others refuse to go on
``BOTH_OR_LOCKFILE``  both, lockfile        nobody wrote last by the table alone, as `lock_evidence` finds, or
                                            somebody says so
``LOCKFILE``         lockfile               the fence in the table
===================  =====================  ===================================================================

A fence is taken while both locks of a state are held, so nobody who is at work is shut out in the middle, and
there is no moment between "the last one of the old stage has gone" and "the next one is refused". Clients of both
are refused too until they have their new files: to let them in, the table would have to let in clients of the
table alone.
Sources: https://developer.hashicorp.com/terraform/language/backend/s3#state-locking,
https://opentofu.org/docs/language/settings/backends/s3/#state-locking
"""

from enum import Enum

from settings.model import Lock
from store.held import LockKind


def places(client: Lock) -> frozenset[LockKind]:
    """Where a client takes a lock that is told to use this one."""
    taken = {LockKind.LOCKFILE: client.uses_lockfile, LockKind.TABLE: client.uses_table}
    return frozenset(place for place, used in taken.items() if used)


def admitted(fences: frozenset[LockKind]) -> frozenset[Lock]:
    """The clients that get their lock where there are these fences."""
    return frozenset(client for client in Lock if not places(client) & fences)


class Stage(Enum):
    """A stage of one state.

    :param clients: those that may be at work in it.
    :param fences: where there are fences.
    """

    TABLE = frozenset({Lock.DYNAMODB}), frozenset({LockKind.LOCKFILE})
    BOTH_OR_TABLE = frozenset({Lock.DYNAMODB, Lock.BOTH}), frozenset[LockKind]()
    BOTH_OR_LOCKFILE = frozenset({Lock.BOTH, Lock.LOCKFILE}), frozenset[LockKind]()
    LOCKFILE = frozenset({Lock.LOCKFILE}), frozenset({LockKind.TABLE})

    def __init__(self, clients: frozenset[Lock], fences: frozenset[LockKind]) -> None:
        self.clients = clients
        self.fences = fences

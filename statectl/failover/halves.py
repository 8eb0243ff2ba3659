"""The two regions of a backend as a failover works with them."""

from dataclasses import dataclass

from blueprint.backend import Backend, RegionalBackend, backend
from blueprint.guard import trusted
from blueprint.standby import Home
from statectl.exit_code import ExitCode
from statectl.failover.gate import Gate
from statectl.failover.record import RECORD_KEY
from statectl.refusal import RefusalError
from statectl.session import Session
from store.clients import Patience
from store.failures import UnavailableError
from store.store import Store


@dataclass(frozen=True, kw_only=True)
class Half:
    """One region of the backend.

    :param home: which one.
    :param store: its states and locks.
    :param gate: who may write there, as its bucket's policy says.
    """

    home: Home
    store: Store
    gate: Gate

    @property
    def region(self) -> str:
        """The region's code."""
        return self.store.location.region


@dataclass(frozen=True, kw_only=True)
class Halves:
    """Both."""

    first: Half
    second: Half

    def of(self, home: Home) -> Half:
        """One of them."""
        return self.first if home is Home.FIRST else self.second


def halves(session: Session) -> Halves:
    """The two regions of the session's backend.

    Of the first, little patience is asked: it may be gone, and then every call to it would be waited for.

    :raises statectl.refusal.RefusalError: where no stack says what the backend is, or it has one region alone.
    """
    plan = backend(session.backend.promised())
    second = session.replica
    if plan.replica is None or second is None:
        raise RefusalError(
            f"{session.backend.source} has no second region",
            next_step="set replicaRegion in the stack file and run pulumi up",
            code=ExitCode.USAGE,
        )
    impatient = session.clients.with_patience(Patience.LITTLE)
    first = Store(impatient, session.backend.location)
    return Halves(first=_half(plan, plan.primary, first), second=_half(plan, plan.replica, second))


def is_reachable(half: Half) -> bool:
    """Whether the region's bucket and lock table answer."""
    try:
        half.gate.read()
        if half.store.table is not None:
            half.store.table.read(RECORD_KEY)
    except UnavailableError:
        return False
    return True


def _half(plan: Backend, region: RegionalBackend, store: Store) -> Half:
    return Half(home=region.home, store=store, gate=Gate(store, region, trusted(plan.settings)))

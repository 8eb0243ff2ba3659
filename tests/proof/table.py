"""Every cell: who tries what, and what comes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.proof.account import Account
from tests.proof.becoming import ROLES, become, becomers
from tests.proof.bucket_operations import AUDIT, BUCKET, ENCRYPTION, LOGS, REPLICA, REPLICA_LOGS
from tests.proof.callers import everyone
from tests.proof.delivery import LOG_DELIVERY, TRAIL_DELIVERY, log_deliverers, trail_deliverers
from tests.proof.key_operations import AUDIT_KEY, KEY, REPLICA_KEY
from tests.proof.lock_operations import LOCKFILES, TABLE
from tests.proof.moved_operations import LEFT, MOVED
from tests.proof.operation import Group
from tests.proof.operator_operations import REPLICA_TABLE, SETTINGS
from tests.proof.replication_operations import REPLICATION
from tests.proof.request import Caller, Decision, Request
from tests.proof.state_operations import LISTS, STATES

GROUPS: Sequence[Group] = (
    LISTS,
    STATES,
    LOCKFILES,
    TABLE,
    ENCRYPTION,
    BUCKET,
    KEY,
    SETTINGS,
    REPLICA,
    REPLICA_TABLE,
    REPLICA_KEY,
    REPLICATION,
    LOGS,
    REPLICA_LOGS,
    AUDIT,
    AUDIT_KEY,
    *MOVED,
    LEFT,
)
BECOMING = Group(title="Roles", operations=[become(role) for role in ROLES])
APART: Mapping[Group, Callable[[Account], list[Caller]]] = {
    BECOMING: becomers,
    LOG_DELIVERY: log_deliverers,
    TRAIL_DELIVERY: trail_deliverers,
}
"""Groups that have callers of their own."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: a group, a row, a column, and the calls it takes."""

    group: str
    operation: str
    caller: Caller
    requests: tuple[Request, ...]

    def __str__(self) -> str:
        return f"{self.caller.title}: {self.operation} ({self.group})"


Judge = Callable[[Account, Request], Decision]
"""What an evaluator says of a request."""


def cells(account: Account) -> Iterator[Cell]:
    """Every cell that applies."""
    wide = everyone(account)
    for group in (*GROUPS, *APART):
        callers = APART[group](account) if group in APART else wide
        for operation in group.operations:
            for caller in callers:
                requests = tuple(operation.requests(account, caller))
                if requests:
                    yield Cell(group=group.title, operation=operation.name, caller=caller, requests=requests)


def verdict(decisions: Sequence[Decision]) -> Decision:
    """What comes of a cell: the first call that is denied decides, and if none is, all that allow."""
    for decision in decisions:
        if not decision.allowed:
            return Decision(allowed=False, sids=decision.sids[:1])
    return Decision(allowed=True, sids=tuple(dict.fromkeys(sid for one in decisions for sid in one.sids)))


def judged(account: Account, cell: Cell, judge: Judge) -> Decision:
    """A cell by an evaluator."""
    return verdict([judge(account, request) for request in cell.requests])

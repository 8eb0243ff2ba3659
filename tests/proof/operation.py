"""A row of the table: something that somebody tries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.proof.account import Account
from tests.proof.request import Caller, Request


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is tried.

    :param name: in the words of the table.
    :param requests: the calls it takes, all of which must be allowed; none where it does not apply to a caller.
    """

    name: str
    requests: Callable[[Account, Caller], Sequence[Request]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Rows that belong together."""

    title: str
    operations: Sequence[Operation]

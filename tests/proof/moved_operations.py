"""What is tried after every state was failed over to the second region, and what only a failover leaves to try."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from blueprint.request_keys import ONCE
from tests.proof.account import Account
from tests.proof.calls import call, get, object_arn, put
from tests.proof.lock_operations import LOCKFILES, TABLE
from tests.proof.operation import Group, Operation
from tests.proof.request import Caller, Request
from tests.proof.state_operations import LISTS, STATES

_Requests = Callable[[Account, Caller], Sequence[Request]]


def _moved(requests: _Requests, *, other_side: bool = False) -> _Requests:
    def later(account: Account, caller: Caller) -> Sequence[Request]:
        if caller.title.startswith(("administrator, ", "break-glass, ")) and not caller.title.endswith(
            "fresh MFA"
        ):
            # The second factor decides what may be destroyed, which a failover leaves as it is.
            return []
        side = account.from_the_other_side() if other_side else account
        return [replace(request, moved=True) for request in requests(side, caller)]

    return later


def _there(group: Group) -> Group:
    """What is tried in the first region, in the second once states are written there."""
    return Group(
        title=f"{group.title}, in the second region after a failover",
        operations=[
            Operation(name=one.name, requests=_moved(one.requests, other_side=True)) for one in group.operations
        ],
    )


def _lockfile(account: Account, caller: Caller) -> str:
    return object_arn(account.primary.bucket, caller.own, suffix=".tflock")


MOVED = tuple(_there(group) for group in (LISTS, STATES, LOCKFILES, TABLE))
LEFT = Group(
    title="The first region after a failover",
    operations=[
        Operation(name=name, requests=_moved(requests))
        for name, requests in (
            ("read own state", lambda a, c: get(c, a.primary, object_arn(a.primary.bucket, c.own))),
            ("write own state", lambda a, c: put(c, a.primary, object_arn(a.primary.bucket, c.own))),
            (
                "delete own state",
                lambda a, c: [call(c, "s3:DeleteObject", object_arn(a.primary.bucket, c.own))],
            ),
            (
                "delete own state of workspace blue",
                lambda a, c: [call(c, "s3:DeleteObject", object_arn(a.primary.bucket, c.own, workspace="blue"))],
            ),
            ("take own lockfile", lambda a, c: put(c, a.primary, _lockfile(a, c), ONCE)),
            ("read own lockfile", lambda a, c: get(c, a.primary, _lockfile(a, c))),
            ("free own lockfile", lambda a, c: [call(c, "s3:DeleteObject", _lockfile(a, c))]),
            (
                "replicate a state to the second region",
                lambda a, c: [call(c, "s3:ReplicateObject", object_arn(a.replica.bucket, c.own))],
            ),
            (
                "replicate a delete marker to the second region",
                lambda a, c: [call(c, "s3:ReplicateDelete", object_arn(a.replica.bucket, c.own))],
            ),
            (
                "replicate tags to the second region",
                lambda a, c: [call(c, "s3:ReplicateTags", object_arn(a.replica.bucket, c.own))],
            ),
        )
    ],
)

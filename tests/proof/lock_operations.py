"""What is tried with locks: the lockfile beside a state, and the items of the lock table."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from blueprint.request_keys import ONCE
from settings.state_keys import state_key
from tests.proof.account import Account
from tests.proof.calls import call, get, item, key_through_dynamodb, named_item, object_arn, put
from tests.proof.operation import Group, Operation
from tests.proof.request import Caller, Request


def _lockfile(account: Account, state: str) -> str:
    return object_arn(account.primary.bucket, state, suffix=".tflock")


def _item(
    verb: str, whose: Callable[[Caller], str | None], suffix: str = ""
) -> Callable[[Account, Caller], Sequence[Request]]:
    def requests(account: Account, caller: Caller) -> Sequence[Request]:
        state = whose(caller)
        return item(caller, verb, account.primary, account.id, state, suffix=suffix) if state is not None else []

    return requests


def _elsewhere(
    action: str, whose: Callable[[Caller], str | None], suffix: str = ""
) -> Callable[[Account, Caller], Sequence[Request]]:
    """The same item in a table that is not the stack's, and so not under its key."""

    def requests(account: Account, caller: Caller) -> Sequence[Request]:
        state = whose(caller)
        if state is None:
            return []
        (first, _) = item(caller, "Get", account.primary, account.id, state, suffix=suffix)
        table = account.primary.table.replace(account.primary.table_name, "another")
        return [replace(first, action=f"dynamodb:{action}", resource=table)]

    return requests


def _own(caller: Caller) -> str:
    return caller.own


def _other(caller: Caller) -> str:
    return caller.other


def _reads(caller: Caller) -> str | None:
    return caller.reads


LOCKFILES = Group(
    title="Lockfiles",
    operations=[
        Operation(name="take own lockfile", requests=lambda a, c: put(c, a.primary, _lockfile(a, c.own), ONCE)),
        Operation(name="read own lockfile", requests=lambda a, c: get(c, a.primary, _lockfile(a, c.own))),
        Operation(
            name="free own lockfile", requests=lambda a, c: [call(c, "s3:DeleteObject", _lockfile(a, c.own))]
        ),
        Operation(name="overwrite own lockfile", requests=lambda a, c: put(c, a.primary, _lockfile(a, c.own))),
        Operation(
            name="read an old version of own lockfile",
            requests=lambda a, c: [call(c, "s3:GetObjectVersion", _lockfile(a, c.own))],
        ),
        Operation(
            name="take another's lockfile", requests=lambda a, c: put(c, a.primary, _lockfile(a, c.other), ONCE)
        ),
        Operation(
            name="free another's lockfile",
            requests=lambda a, c: [call(c, "s3:DeleteObject", _lockfile(a, c.other))],
        ),
        Operation(
            name="tag own lockfile",
            requests=lambda a, c: [call(c, "s3:PutObjectTagging", _lockfile(a, c.own))],
        ),
        Operation(
            name="take own lockfile of workspace blue",
            requests=lambda a, c: put(
                c, a.primary, object_arn(a.primary.bucket, c.own, suffix=".tflock", workspace="blue"), ONCE
            ),
        ),
    ],
)

TABLE = Group(
    title="Lock table",
    operations=[
        Operation(name="take own lock", requests=_item("Put", _own)),
        Operation(name="read own lock", requests=_item("Get", _own)),
        Operation(name="free own lock", requests=_item("Delete", _own)),
        Operation(name="change own lock in place", requests=_item("Update", _own)),
        Operation(name="take another's lock", requests=_item("Put", _other)),
        Operation(name="free another's lock", requests=_item("Delete", _other)),
        Operation(name="read own digest", requests=_item("Get", _own, "-md5")),
        Operation(name="write own digest", requests=_item("Put", _own, "-md5")),
        Operation(name="read another's digest", requests=_item("Get", _other, "-md5")),
        Operation(name="write another's digest", requests=_item("Put", _other, "-md5")),
        Operation(name="read the digest of a state named in `reads`", requests=_item("Get", _reads, "-md5")),
        Operation(name="write the digest of a state named in `reads`", requests=_item("Put", _reads, "-md5")),
        Operation(
            name="ask for an item without naming it",
            requests=lambda a, c: [
                call(c, "dynamodb:GetItem", a.primary.table),
                key_through_dynamodb(c, "kms:Decrypt", a.primary, a.id),
            ],
        ),
        Operation(
            name="take a lock of a state in another bucket",
            requests=lambda a, c: named_item(c, "Put", a.primary, a.id, f"another-bucket/{state_key(c.own)}"),
        ),
        Operation(
            name="take a lock without naming it",
            requests=lambda a, c: [
                call(c, "dynamodb:PutItem", a.primary.table),
                key_through_dynamodb(c, "kms:Decrypt", a.primary, a.id),
            ],
        ),
        Operation(name="take own lock in another table", requests=_elsewhere("PutItem", _own)),
        Operation(name="read own digest in another table", requests=_elsewhere("GetItem", _own, "-md5")),
        Operation(
            name="read the digest of a state named in `reads` in another table",
            requests=_elsewhere("GetItem", _reads, "-md5"),
        ),
        Operation(name="read the whole table", requests=lambda a, c: [call(c, "dynamodb:Scan", a.primary.table)]),
        Operation(
            name="delete the table", requests=lambda a, c: [call(c, "dynamodb:DeleteTable", a.primary.table)]
        ),
    ],
)

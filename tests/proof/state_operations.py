"""What is tried with states and the buckets' lists."""

from collections.abc import Sequence

from tests.proof.account import Account
from tests.proof.calls import call, get, key_through_s3, listing, object_arn, put
from tests.proof.operation import Group, Operation
from tests.proof.request import Caller, Request


def _read_named(account: Account, caller: Caller) -> Sequence[Request]:
    if caller.reads is None:
        return []
    return get(caller, account.primary, object_arn(account.primary.bucket, caller.reads))


LISTS = Group(
    title="Lists",
    operations=[
        Operation(name="list own folder", requests=lambda a, c: [listing(c, a.primary.bucket, f"{c.own}/")]),
        Operation(
            name="list another's folder", requests=lambda a, c: [listing(c, a.primary.bucket, f"{c.other}/")]
        ),
        Operation(
            name="list own folder of a bucket that is not the stack's",
            requests=lambda a, c: [listing(c, "arn:aws:s3:::another", f"{c.own}/")],
        ),
        Operation(name="list the whole bucket", requests=lambda a, c: [listing(c, a.primary.bucket, None)]),
        Operation(
            name="list the names of workspaces", requests=lambda a, c: [listing(c, a.primary.bucket, "env:/")]
        ),
        Operation(
            name="list own folder of workspace blue",
            requests=lambda a, c: [listing(c, a.primary.bucket, f"env:/blue/{c.own}/")],
        ),
        Operation(
            name="list another's folder of workspace blue",
            requests=lambda a, c: [listing(c, a.primary.bucket, f"env:/blue/{c.other}/")],
        ),
        Operation(
            name="list versions of own state",
            requests=lambda a, c: [listing(c, a.primary.bucket, f"{c.own}/", "s3:ListBucketVersions")],
        ),
        Operation(
            name="list versions of the whole bucket",
            requests=lambda a, c: [listing(c, a.primary.bucket, None, "s3:ListBucketVersions")],
        ),
    ],
)

STATES = Group(
    title="States",
    operations=[
        Operation(
            name="read own state", requests=lambda a, c: get(c, a.primary, object_arn(a.primary.bucket, c.own))
        ),
        Operation(name="read a state named in `reads`", requests=_read_named),
        Operation(
            name="read another's state",
            requests=lambda a, c: get(c, a.primary, object_arn(a.primary.bucket, c.other)),
        ),
        Operation(
            name="read an old version of own state",
            requests=lambda a, c: [
                call(c, "s3:GetObjectVersion", object_arn(a.primary.bucket, c.own)),
                key_through_s3(c, "kms:Decrypt", a.primary),
            ],
        ),
        Operation(
            name="write own state", requests=lambda a, c: put(c, a.primary, object_arn(a.primary.bucket, c.own))
        ),
        Operation(
            name="write a state named in `reads`",
            requests=lambda a, c: (
                put(c, a.primary, object_arn(a.primary.bucket, c.reads)) if c.reads is not None else []
            ),
        ),
        Operation(
            name="write another's state",
            requests=lambda a, c: put(c, a.primary, object_arn(a.primary.bucket, c.other)),
        ),
        Operation(
            name="write what is neither a state nor a lockfile",
            requests=lambda a, c: put(c, a.primary, f"{a.primary.bucket}/.pulumi/stacks/state-backend/prod.json"),
        ),
        Operation(
            name="delete own state",
            requests=lambda a, c: [call(c, "s3:DeleteObject", object_arn(a.primary.bucket, c.own))],
        ),
        Operation(
            name="delete another's state",
            requests=lambda a, c: [call(c, "s3:DeleteObject", object_arn(a.primary.bucket, c.other))],
        ),
        Operation(
            name="delete a version of own state",
            requests=lambda a, c: [call(c, "s3:DeleteObjectVersion", object_arn(a.primary.bucket, c.own))],
        ),
        Operation(
            name="read own state of workspace blue",
            requests=lambda a, c: get(c, a.primary, object_arn(a.primary.bucket, c.own, workspace="blue")),
        ),
        Operation(
            name="write own state of workspace blue",
            requests=lambda a, c: put(c, a.primary, object_arn(a.primary.bucket, c.own, workspace="blue")),
        ),
        Operation(
            name="read an old version of own state of workspace blue",
            requests=lambda a, c: [
                call(c, "s3:GetObjectVersion", object_arn(a.primary.bucket, c.own, workspace="blue"))
            ],
        ),
        Operation(
            name="delete own state of workspace blue",
            requests=lambda a, c: [
                call(c, "s3:DeleteObject", object_arn(a.primary.bucket, c.own, workspace="blue"))
            ],
        ),
        Operation(
            name="delete another's state of workspace blue",
            requests=lambda a, c: [
                call(c, "s3:DeleteObject", object_arn(a.primary.bucket, c.other, workspace="blue"))
            ],
        ),
        Operation(
            name="read another's state of workspace blue",
            requests=lambda a, c: get(c, a.primary, object_arn(a.primary.bucket, c.other, workspace="blue")),
        ),
    ],
)

"""What is tried against the buckets' own rules, in each region and on the log buckets."""

from collections.abc import Callable, Sequence

from blueprint.request_keys import ALGORITHM, CUSTOMER_ALGORITHM, KEY_ID, ONCE
from tests.proof.account import Account, Region
from tests.proof.calls import call, get, key_through_s3, listing, object_arn, put
from tests.proof.operation import Group, Operation
from tests.proof.request import Caller, Context, Request

PLAIN: Context = {"aws:SecureTransport": "false"}
SETTINGS = {
    "change the bucket policy": "s3:PutBucketPolicy",
    "delete the bucket policy": "s3:DeleteBucketPolicy",
    "change the lifecycle": "s3:PutLifecycleConfiguration",
    "stop versioning": "s3:PutBucketVersioning",
    "change the default encryption": "s3:PutEncryptionConfiguration",
    "change the replication": "s3:PutReplicationConfiguration",
    "open to the public": "s3:PutBucketPublicAccessBlock",
    "stop the access logs": "s3:PutBucketLogging",
    "allow access lists": "s3:PutBucketOwnershipControls",
    "change the access list": "s3:PutBucketAcl",
}
UPLOADS = {
    "list the parts of an upload": "s3:ListMultipartUploadParts",
    "abort an upload": "s3:AbortMultipartUpload",
    "restore own state from an archive": "s3:RestoreObject",
    "pass over a retention of own state": "s3:BypassGovernanceRetention",
}
Where = Callable[[Account], Region]


def _primary(account: Account) -> Region:
    return account.primary


def _replica(account: Account) -> Region:
    return account.replica


def _encryption(where: Where) -> list[Operation]:
    """What is tried with a state beside reading and writing it: uploads, no TLS, other encryption."""

    def write(headers: Callable[[Region], Context], key: str | None) -> Callable[[Account, Caller], list[Request]]:
        def requests(account: Account, caller: Caller) -> list[Request]:
            region = where(account)
            made = [call(caller, "s3:PutObject", object_arn(region.bucket, caller.own), headers(region))]
            if key is not None:
                used = region.key if key == "own" else region.other_key
                made.append(key_through_s3(caller, "kms:GenerateDataKey", region, key=used))
            return made

        return requests

    def on_state(action: str) -> Callable[[Account, Caller], list[Request]]:
        return lambda account, caller: [call(caller, action, object_arn(where(account).bucket, caller.own))]

    def over_http(account: Account, caller: Caller) -> list[Request]:
        return [call(caller, "s3:GetObject", object_arn(where(account).bucket, caller.own), PLAIN)]

    def list_over_http(account: Account, caller: Caller) -> list[Request]:
        return [call(caller, "s3:ListBucket", where(account).bucket, {**PLAIN, "s3:prefix": f"{caller.own}/"})]

    return [
        *(Operation(name=name, requests=on_state(action)) for name, action in UPLOADS.items()),
        Operation(name="read own state over plain HTTP", requests=over_http),
        Operation(name="list own folder over plain HTTP", requests=list_over_http),
        Operation(name="write own state under the bucket's default", requests=write(lambda _: {}, "own")),
        Operation(
            name="write own state under a foreign key",
            requests=write(lambda r: {ALGORITHM: "aws:kms", KEY_ID: r.other_key}, "other"),
        ),
        Operation(
            name="write own state under no named key", requests=write(lambda _: {ALGORITHM: "aws:kms"}, None)
        ),
        Operation(name="write own state with AES256", requests=write(lambda _: {ALGORITHM: "AES256"}, None)),
        Operation(
            name="write own state in two layers (DSSE)",
            requests=write(lambda r: {ALGORITHM: "aws:kms:dsse", KEY_ID: r.key}, "own"),
        ),
        Operation(
            name="write own state with SSE-C", requests=write(lambda _: {CUSTOMER_ALGORITHM: "AES256"}, None)
        ),
        Operation(
            name="re-encrypt own state in place under a foreign key",
            requests=lambda a, c: [
                call(c, "s3:UpdateObjectEncryption", object_arn(where(a).bucket, c.own)),
                key_through_s3(c, "kms:ReEncryptFrom", where(a)),
                key_through_s3(c, "kms:ReEncryptTo", where(a), key=where(a).other_key),
            ],
        ),
        Operation(
            name="bring in replicas, however they were encrypted", requests=lambda a, c: _replicas(where(a), c)
        ),
    ]


def _replicas(region: Region, caller: Caller) -> list[Request]:
    arn = object_arn(region.bucket, caller.own)
    return [
        call(caller, "s3:ReplicateObject", arn, headers)
        for headers in (
            {ALGORITHM: "aws:kms", KEY_ID: region.other_key},
            {ALGORITHM: "aws:kms"},
            {ALGORITHM: "AES256"},
            {CUSTOMER_ALGORITHM: "AES256"},
        )
    ]


def _settings(bucket: Callable[[Account], str]) -> list[Operation]:
    def change(action: str) -> Callable[[Account, Caller], Sequence[Request]]:
        return lambda account, caller: [call(caller, action, bucket(account))]

    return [
        Operation(name="read the bucket's settings", requests=change("s3:GetBucketPolicy")),
        Operation(name="tag the bucket", requests=change("s3:PutBucketTagging")),
        *(Operation(name=name, requests=change(action)) for name, action in SETTINGS.items()),
        Operation(name="delete the bucket", requests=change("s3:DeleteBucket")),
    ]


ENCRYPTION = Group(title="Uploads, transport and encryption", operations=_encryption(_primary))
BUCKET = Group(title="The state bucket", operations=_settings(lambda a: a.primary.bucket))
REPLICA = Group(
    title="The second region",
    operations=[
        Operation(name="list own folder", requests=lambda a, c: [listing(c, a.replica.bucket, f"{c.own}/")]),
        Operation(
            name="list versions of own state",
            requests=lambda a, c: [listing(c, a.replica.bucket, f"{c.own}/", "s3:ListBucketVersions")],
        ),
        Operation(
            name="read own state", requests=lambda a, c: get(c, a.replica, object_arn(a.replica.bucket, c.own))
        ),
        Operation(
            name="write own state", requests=lambda a, c: put(c, a.replica, object_arn(a.replica.bucket, c.own))
        ),
        Operation(
            name="take own lockfile",
            requests=lambda a, c: put(c, a.replica, object_arn(a.replica.bucket, c.own, suffix=".tflock"), ONCE),
        ),
        Operation(
            name="overwrite own lockfile",
            requests=lambda a, c: put(c, a.replica, object_arn(a.replica.bucket, c.own, suffix=".tflock")),
        ),
        Operation(
            name="free own lockfile",
            requests=lambda a, c: [
                call(c, "s3:DeleteObject", object_arn(a.replica.bucket, c.own, suffix=".tflock"))
            ],
        ),
        Operation(
            name="delete a version of own state",
            requests=lambda a, c: [call(c, "s3:DeleteObjectVersion", object_arn(a.replica.bucket, c.own))],
        ),
        *_encryption(_replica),
        *_settings(lambda a: a.replica.bucket),
    ],
)


def _log_operations(where: Where) -> list[Operation]:
    def log(action: str, context: Context | None = None) -> Callable[[Account, Caller], Sequence[Request]]:
        return lambda account, caller: [call(caller, action, f"{where(account).logs}/s3/one", context)]

    return [
        Operation(name="read a log", requests=log("s3:GetObject")),
        Operation(name="read a log over plain HTTP", requests=log("s3:GetObject", PLAIN)),
        Operation(name="write a log", requests=log("s3:PutObject")),
        Operation(name="hide a log behind a delete marker", requests=log("s3:DeleteObject")),
        Operation(name="write a log with SSE-C", requests=log("s3:PutObject", {CUSTOMER_ALGORITHM: "AES256"})),
        Operation(name="bring in a log", requests=log("s3:ReplicateObject")),
        Operation(
            name="bring in a log encrypted with SSE-C",
            requests=log("s3:ReplicateObject", {CUSTOMER_ALGORITHM: "AES256"}),
        ),
        Operation(
            name="list the logs with their versions",
            requests=lambda account, caller: [listing(caller, where(account).logs, None, "s3:ListBucketVersions")],
        ),
        Operation(
            name="list the logs over plain HTTP",
            requests=lambda account, caller: [call(caller, "s3:ListBucket", where(account).logs, PLAIN)],
        ),
        Operation(name="delete a version of a log", requests=log("s3:DeleteObjectVersion")),
        Operation(name="pass over a retention of a log", requests=log("s3:BypassGovernanceRetention")),
        Operation(name="re-encrypt a log in place", requests=log("s3:UpdateObjectEncryption")),
        *_settings(lambda account: where(account).logs),
    ]


LOGS = Group(title="The log bucket", operations=_log_operations(_primary))
AUDIT = Group(title="The audit trail's bucket", operations=_log_operations(lambda a: a.audit))
REPLICA_LOGS = Group(title="The log bucket of the second region", operations=_log_operations(_replica))

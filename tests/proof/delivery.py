"""What AWS delivers as itself: access logs, and the files and events of the audit trail."""

from collections.abc import Callable

from tests.proof.account import Account
from tests.proof.becoming import trails
from tests.proof.calls import call
from tests.proof.operation import Group, Operation
from tests.proof.request import Caller, Context, Kind, Request

OWNED: Context = {"s3:x-amz-acl": "bucket-owner-full-control"}
_CONTEXT = "kms:EncryptionContext:aws:logs:arn"


def log_deliverers(account: Account) -> list[Caller]:
    """Who delivers access logs: S3, for each bucket here and for others."""
    found = []
    logging, source, owner = "logging.s3.amazonaws.com", "aws:SourceArn", "aws:SourceAccount"
    for half in (account.primary, account.replica):
        callers: list[tuple[str, str, Context]] = [
            ("log delivery for the state bucket", logging, {source: half.bucket, owner: account.id}),
            ("log delivery for another bucket", logging, {source: f"{half.bucket}-another", owner: account.id}),
            ("log delivery for another account", logging, {source: half.bucket, owner: "999999999999"}),
            ("another service for the state bucket", "s3.amazonaws.com", {source: half.bucket, owner: account.id}),
        ]
        for title, principal, context in callers:
            title = f"{title}, {half.code}"  # noqa: PLW2901
            found.append(_service(title, principal, context))
    audit: Context = {source: account.audit.bucket, owner: account.id}
    found.append(_service("log delivery for the audit bucket", logging, audit))
    return found


def _service(title: str, principal: str, context: Context) -> Caller:
    as_itself = {"aws:PrincipalIsAWSService": "true"}
    return Caller(title=title, kind=Kind.SERVICE, principal=principal, context={**context, **as_itself})


def _log(name: str, action: str, bucket: Callable[[Account], str]) -> Operation:
    return Operation(name=name, requests=lambda a, c: [call(c, action, f"{bucket(a)}/s3/one")])


LOG_DELIVERY = Group(
    title="Delivery of access logs",
    operations=[
        _log("deliver a log", "s3:PutObject", lambda a: a.primary.logs),
        _log("read a log", "s3:GetObject", lambda a: a.primary.logs),
        _log("deliver a log, second region", "s3:PutObject", lambda a: a.replica.logs),
        _log("read a log, second region", "s3:GetObject", lambda a: a.replica.logs),
    ],
)


def trail_deliverers(account: Account) -> list[Caller]:
    """Who delivers the audit trail: CloudTrail, the role it becomes, and CloudWatch Logs for its log group."""
    logs = f"logs.{account.audit.code}.amazonaws.com"
    groups = [("the trail's log group", account.log_group), ("another log group", f"{account.log_group}-another")]
    return [
        *trails(account),
        Caller(title="role of audit delivery", principal=account.roles["audit delivery"]),
        *(_service(f"CloudWatch Logs for {title}", logs, {_CONTEXT: arn}) for title, arn in groups),
    ]


def _file(
    action: str, folder: str = "", context: Context | None = None
) -> Callable[[Account, Caller], list[Request]]:
    def requests(account: Account, caller: Caller) -> list[Request]:
        own = folder or f"AWSLogs/{account.id}"
        return [call(caller, action, f"{account.audit.bucket}/{own}/one", context)]

    return requests


def _bucket(action: str) -> Callable[[Account, Caller], list[Request]]:
    return lambda account, caller: [call(caller, action, account.audit.bucket)]


def _key(action: str) -> Callable[[Account, Caller], list[Request]]:
    return lambda account, caller: [call(caller, action, account.audit.key)]


def _stream(action: str, group: str = "") -> Callable[[Account, Caller], list[Request]]:
    def requests(account: Account, caller: Caller) -> list[Request]:
        stream = f"log-stream:{account.id}_CloudTrail_{account.audit.code}"
        return [call(caller, action, f"{account.log_group}{group}:{stream}")]

    return requests


TRAIL_DELIVERY = Group(
    title="Delivery of the audit trail",
    operations=[
        Operation(name="look at the bucket", requests=_bucket("s3:GetBucketAcl")),
        Operation(name="list the bucket", requests=_bucket("s3:ListBucket")),
        Operation(name="deliver a file", requests=_file("s3:PutObject", context=OWNED)),
        Operation(name="deliver a file and keep it", requests=_file("s3:PutObject")),
        Operation(name="deliver for another account", requests=_file("s3:PutObject", "AWSLogs/9", OWNED)),
        Operation(name="read a file", requests=_file("s3:GetObject", context=OWNED)),
        Operation(name="make a data key", requests=_key("kms:GenerateDataKey")),
        Operation(name="encrypt", requests=_key("kms:Encrypt")),
        Operation(name="re-encrypt", requests=_key("kms:ReEncryptFrom")),
        Operation(name="open a stream", requests=_stream("logs:CreateLogStream")),
        Operation(name="deliver an event", requests=_stream("logs:PutLogEvents")),
        Operation(name="deliver to another log group", requests=_stream("logs:PutLogEvents", "-another")),
        Operation(name="delete a stream", requests=_stream("logs:DeleteLogStream")),
    ],
)

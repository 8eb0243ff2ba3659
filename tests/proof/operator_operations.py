"""What ``statectl`` reads beside states and locks, what somebody might do to it, and the second region's table."""

from collections.abc import Callable
from dataclasses import dataclass

from settings.state_keys import state_key
from tests.proof.account import STRANGER, Account
from tests.proof.calls import call, key_through_dynamodb, named_item
from tests.proof.operation import Group, Operation
from tests.proof.request import Caller, Request

ResourceOf = Callable[[Account], str]


def _try(name: str, action: str, resource: ResourceOf) -> Operation:
    return Operation(name=name, requests=lambda account, caller: [call(caller, action, resource(account))])


def _policy(account: Account) -> str:
    """The managed policy of the entry deploy: beside its role, and named as it is."""
    return account.roles["deploy"].replace(":role/", ":policy/").replace("-access-", "-")


def _issuer(account: Account, host: str = "gitlab.com") -> str:
    return f"arn:aws:iam::{account.id}:oidc-provider/{host}"


def _alarm(account: Account, name: str = "break-glass") -> str:
    """An alarm, which has the trail's name before its own."""
    trail = account.trail.rsplit("/", 1)[1]
    return f"arn:aws:cloudwatch:{account.audit.code}:{account.id}:alarm:{trail}-{name}"


def _log_groups(region: str, account: Account) -> str:
    """What a listing of log groups asks for: none in particular."""
    return f"arn:aws:logs:{region}:{account.id}:log-group::log-stream:"


def _stranger(account: Account) -> str:
    return STRANGER.format(account=account.id)


SETTINGS = Group(
    title="The settings of the backend",
    operations=[
        _try("read another bucket's settings", "s3:GetBucketPolicy", lambda a: "arn:aws:s3:::another"),
        _try("see which requests are metered", "s3:GetMetricsConfiguration", lambda a: a.primary.bucket),
        _try(
            "see which requests of the log bucket are metered",
            "s3:GetMetricsConfiguration",
            lambda a: a.primary.logs,
        ),
        _try("read the rules of replication", "s3:GetReplicationConfiguration", lambda a: a.primary.bucket),
        _try("read the rules of another bucket", "s3:GetReplicationConfiguration", lambda a: a.replica.bucket),
        _try("read the account's public access block", "s3:GetAccountPublicAccessBlock", lambda a: "*"),
        _try("open the account to the public", "s3:PutAccountPublicAccessBlock", lambda a: "*"),
        _try("read the table's settings", "dynamodb:DescribeTable", lambda a: a.primary.table),
        _try("read another table's settings", "dynamodb:DescribeTable", lambda a: f"{a.primary.table}-another"),
        _try("change the table", "dynamodb:UpdateTable", lambda a: a.primary.table),
        _try("read the policy of another key", "kms:GetKeyPolicy", lambda a: a.primary.other_key),
        _try("read a role of the stack", "iam:GetRole", lambda a: a.roles["deploy"]),
        _try("read a role of somebody else's", "iam:GetRole", _stranger),
        _try("read a role that the stack only names", "iam:GetRole", lambda a: a.roles["reviewer"]),
        _try("change who becomes a role of the stack", "iam:UpdateAssumeRolePolicy", lambda a: a.roles["deploy"]),
        _try("read a policy of the stack", "iam:GetPolicyVersion", _policy),
        _try(
            "read a policy of somebody else's",
            "iam:GetPolicyVersion",
            lambda a: f"arn:aws:iam::{a.id}:policy/another",
        ),
        _try("change a policy of the stack", "iam:CreatePolicyVersion", _policy),
        _try("see the policies of the reviewer", "iam:ListAttachedRolePolicies", lambda a: a.roles["reviewer"]),
        _try("see the policies of somebody else", "iam:ListAttachedRolePolicies", _stranger),
        _try("give the reviewer another policy", "iam:AttachRolePolicy", lambda a: a.roles["reviewer"]),
        _try("read an issuer of tokens", "iam:GetOpenIDConnectProvider", _issuer),
        _try("read an issuer of others", "iam:GetOpenIDConnectProvider", lambda a: _issuer(a, "another.example")),
        _try("let tokens for others in", "iam:AddClientIDToOpenIDConnectProvider", _issuer),
        _try("read the trail's settings", "cloudtrail:GetTrail", lambda a: a.trail),
        _try("read another trail's settings", "cloudtrail:GetTrail", lambda a: f"{a.trail}-another"),
        _try("stop the trail", "cloudtrail:StopLogging", lambda a: a.trail),
        _try("see who wrote a state", "logs:FilterLogEvents", lambda a: f"{a.log_group}:log-stream:"),
        _try("read another log group", "logs:FilterLogEvents", lambda a: f"{a.log_group}-another:log-stream:"),
        _try("delete the log group", "logs:DeleteLogGroup", lambda a: f"{a.log_group}:log-stream:"),
        _try("list the log groups", "logs:DescribeLogGroups", lambda a: _log_groups(a.audit.code, a)),
        _try(
            "list those of the second region", "logs:DescribeLogGroups", lambda a: _log_groups(a.replica.code, a)
        ),
        _try(
            "stop another log group's retention",
            "logs:DeleteRetentionPolicy",
            lambda a: f"{a.log_group}-another:*",
        ),
        _try("read the log group's tags", "logs:ListTagsForResource", lambda a: a.log_group),
        _try("read another log group's tags", "logs:ListTagsForResource", lambda a: f"{a.log_group}-another"),
        _try("tag the log group", "logs:TagResource", lambda a: a.log_group),
        _try("read an alarm", "cloudwatch:DescribeAlarms", _alarm),
        _try("read another alarm", "cloudwatch:DescribeAlarms", lambda a: _alarm(a, "another")),
        _try("delete an alarm", "cloudwatch:DeleteAlarms", _alarm),
        _try("read a metric", "cloudwatch:GetMetricStatistics", lambda a: "*"),
        _try("forge a metric", "cloudwatch:PutMetricData", lambda a: "*"),
    ],
)


@dataclass(frozen=True, kw_only=True)
class _Item:
    """An item of the second region's table, by the ``LockID`` that the caller asks for; ``None`` names none."""

    verb: str
    lock_id: Callable[[Account, Caller], str | None]

    def __call__(self, account: Account, caller: Caller) -> list[Request]:
        region, name = account.replica, self.lock_id(account, caller)
        if name is not None:
            return named_item(caller, self.verb, region, account.id, name)
        return [
            call(caller, f"dynamodb:{self.verb}Item", region.table),
            key_through_dynamodb(caller, "kms:Decrypt", region, account.id),
        ]


def _own(account: Account, caller: Caller) -> str:
    return f"{account.replica.bucket_name}/{state_key(caller.own)}"


def _of_first_region(account: Account, caller: Caller) -> str:
    return f"{account.primary.bucket_name}/{state_key(caller.own)}"


REPLICA_TABLE = Group(
    title="The lock table of the second region",
    operations=[
        Operation(name="take own lock", requests=_Item(verb="Put", lock_id=_own)),
        Operation(name="read own lock", requests=_Item(verb="Get", lock_id=_own)),
        Operation(name="free own lock", requests=_Item(verb="Delete", lock_id=_own)),
        Operation(name="change own lock in place", requests=_Item(verb="Update", lock_id=_own)),
        Operation(
            name="write own digest",
            requests=_Item(verb="Put", lock_id=lambda account, caller: f"{_own(account, caller)}-md5"),
        ),
        Operation(name="take a lock of the first region", requests=_Item(verb="Put", lock_id=_of_first_region)),
        Operation(name="take a lock without naming it", requests=_Item(verb="Put", lock_id=lambda a, c: None)),
        Operation(
            name="take own lock in the first region's table",
            requests=lambda a, c: named_item(c, "Put", a.primary, a.id, _own(a, c)),
        ),
        Operation(name="read the whole table", requests=lambda a, c: [call(c, "dynamodb:Scan", a.replica.table)]),
    ],
)

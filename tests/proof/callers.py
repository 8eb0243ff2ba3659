"""The columns of the table: who asks."""

from dataclasses import replace

from blueprint.access_policy import ENVIRONMENT_TAG, SERVICE_TAG
from tests.proof.account import OUTSIDER, STRANGER, Account
from tests.proof.request import Caller

FRESH, OLD = "300", "7200"
"""Seconds since the second factor was used; prod takes 30 minutes."""


def state_users(account: Account) -> list[Caller]:
    """Who comes to use states."""
    roles = account.roles
    by_tag = Caller(
        title="ByTag prod, network",
        principal=roles["ByTag"],
        other="prod/database",
        context={
            f"aws:PrincipalTag/{ENVIRONMENT_TAG}": "prod",
            f"aws:PrincipalTag/{SERVICE_TAG}": "network",
        },
    )
    return [
        Caller(title="deploy", principal=roles["deploy"], reads="shared/network"),
        Caller(title="shared", principal=roles["shared"], own="shared/identity", other="prod/network"),
        Caller(title="review", principal=roles["reviewer"], other="bootstrap/backend"),
        Caller(title="partner", principal=roles["partner"], own="shared/network", other="shared/identity"),
        by_tag,
        replace(by_tag, title="ByTag, no tags", context={}),
    ]


def operators(account: Account) -> list[Caller]:
    """Who looks after the states with ``statectl``."""
    return [
        Caller(title=title, principal=account.roles[title]) for title in ("reading operator", "writing operator")
    ]


def everyone(account: Account) -> list[Caller]:
    """The columns of the wide tables, in their order."""
    return [*state_users(account), *operators(account), *others(account)]


def others(account: Account) -> list[Caller]:
    """Who runs the backend, and who has no business with it although IAM lets them do anything."""
    roles = account.roles
    stranger = STRANGER.format(account=account.id)
    administrator = Caller(title="administrator", principal=roles["administrator"])
    break_glass = Caller(title="break-glass, fresh MFA", principal=roles["break-glass"])
    present, age = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
    return [
        replace(administrator, context={present: "true", age: FRESH}),
        # As a pipeline that runs `pulumi up` comes, and as a person after a while.
        replace(administrator, title="administrator, no MFA"),
        replace(administrator, title="administrator, old MFA", context={present: "true", age: OLD}),
        replace(break_glass, context={present: "true", age: FRESH}),
        replace(break_glass, title="break-glass, old MFA", context={present: "true", age: OLD}),
        replace(break_glass, title="break-glass, no MFA", context={present: "false"}),
        # A long-term access key brings neither key into the request.
        replace(break_glass, title="break-glass, access key"),
        Caller(title="stranger", principal=stranger, context={present: "true", age: FRESH}),
        Caller(title="another account", principal=OUTSIDER, context={present: "true", age: FRESH}),
        Caller(title="replication", principal=roles["replication"]),
        Caller(title="batch replication", principal=roles["batch replication"]),
    ]

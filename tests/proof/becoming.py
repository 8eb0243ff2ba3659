"""Who becomes which role: the rows and columns of the second table."""

from collections.abc import Mapping
from dataclasses import replace

from blueprint.access_policy import ENVIRONMENT_TAG, SERVICE_TAG
from tests.proof.account import OUTSIDER, PARTNER, Account
from tests.proof.callers import others, state_users
from tests.proof.calls import call
from tests.proof.operation import Operation
from tests.proof.request import Caller, Kind, Request

ROLES = ("deploy", "shared", "partner", "ByTag", "replication", "batch replication", "audit delivery")
GITHUB, GITLAB = "token.actions.githubusercontent.com", "gitlab.com"
REPOSITORY, PROJECT = "repo:acme/infrastructure", "project_path:acme/platform/shared"


def _token(account: Account, title: str, issuer: str, subject: str, audience: str) -> Caller:
    return Caller(
        title=title,
        kind=Kind.ISSUER,
        principal=f"arn:aws:iam::{account.id}:oidc-provider/{issuer}",
        context={f"{issuer}:sub": subject, f"{issuer}:aud": audience},
    )


def _github(account: Account, title: str, subject: str, audience: str = "sts.amazonaws.com") -> Caller:
    return _token(account, f"GitHub: {title}", GITHUB, subject, audience)


def _gitlab(account: Account, title: str, subject: str, audience: str = "https://gitlab.com") -> Caller:
    return _token(account, f"GitLab: {title}", GITLAB, subject, audience)


def _runner(account: Account, title: str, own: Mapping[str, str], asked: Mapping[str, str]) -> Caller:
    return Caller(
        title=f"service-runner {title}",
        principal=account.roles["service-runner"],
        context={
            **{f"aws:PrincipalTag/{tag}": value for tag, value in own.items()},
            **{f"aws:RequestTag/{tag}": value for tag, value in asked.items()},
        },
    )


def _s3(account: Account, title: str, source: str, owner: str) -> Caller:
    return Caller(
        title=title,
        kind=Kind.SERVICE,
        principal="s3.amazonaws.com",
        context={"aws:SourceArn": source, "aws:SourceAccount": owner},
    )


def _batch(account: Account) -> list[Caller]:
    """S3 Batch Operations, for this account and for another."""
    asking = Caller(
        title="S3 Batch Operations for this account",
        kind=Kind.SERVICE,
        principal="batchoperations.s3.amazonaws.com",
        context={"aws:SourceAccount": account.id},
    )
    elsewhere = replace(
        asking, title="S3 Batch Operations for another account", context={"aws:SourceAccount": "999999999999"}
    )
    return [asking, replace(asking, title="S3 Batch Operations, session tags"), elsewhere]


def trails(account: Account) -> list[Caller]:
    """CloudTrail, for the stack's trail and for others."""
    callers = [
        ("CloudTrail for the trail", account.trail, account.id),
        ("CloudTrail for another trail", f"{account.trail}-another", account.id),
        ("CloudTrail for another account", account.trail, "999999999999"),
    ]
    return [
        Caller(
            title=title,
            kind=Kind.SERVICE,
            principal="cloudtrail.amazonaws.com",
            context={"aws:SourceArn": trail, "aws:SourceAccount": owner},
        )
        for title, trail, owner in callers
    ]


def becomers(account: Account) -> list[Caller]:
    """Who tries to become a role."""
    network = {ENVIRONMENT_TAG: "prod", SERVICE_TAG: "network"}
    database = {**network, SERVICE_TAG: "database"}
    knows = {"sts:ExternalId": "acme-prod-network"}
    main = f"{REPOSITORY}:ref:refs/heads/main"
    trunk = f"{PROJECT}:ref_type:branch:ref:main"
    bucket = account.primary.bucket
    return [
        _github(account, "environment production", f"{REPOSITORY}:environment:production"),
        _github(account, "branch main", main),
        _github(account, "branch main, session tags", main, "sts.amazonaws.com"),
        _github(account, "another branch", f"{REPOSITORY}:ref:refs/heads/feature"),
        _github(account, "pull request", f"{REPOSITORY}:pull_request"),
        _github(account, "another repository", "repo:acme/website:ref:refs/heads/main"),
        _github(account, "another organisation", "repo:evil/infrastructure:ref:refs/heads/main"),
        _github(account, "branch main, another audience", main, "https://github.com/acme"),
        _gitlab(account, "ref main", trunk),
        _gitlab(account, "ref main, session tags", trunk),
        _gitlab(account, "another ref", f"{PROJECT}:ref_type:branch:ref:feature"),
        _gitlab(account, "another project", "project_path:evil/shared:ref_type:branch:ref:main"),
        _gitlab(account, "ref main, another audience", trunk, "https://another.example"),
        Caller(title="partner with the external id", principal=PARTNER, context=knows),
        Caller(title="partner with the external id, session tags", principal=PARTNER, context=knows),
        Caller(title="partner without external id", principal=PARTNER),
        Caller(
            title="partner with another external id", principal=PARTNER, context={"sts:ExternalId": "guessed-it"}
        ),
        Caller(title="another account with the external id", principal=OUTSIDER, context=knows),
        _runner(account, "with its own tags", network, network),
        _runner(account, "with another's service", network, database),
        _runner(account, "with another's environment", network, {**network, ENVIRONMENT_TAG: "shared"}),
        _runner(account, "without tags", network, {}),
        _runner(account, "with one tag", network, {ENVIRONMENT_TAG: "prod"}),
        _runner(account, "untagged, naming a state", {}, network),
        _runner(account, "with its own tags, source identity", network, network),
        _s3(account, "S3 for the state bucket", bucket, account.id),
        _s3(account, "S3 for the state bucket, session tags", bucket, account.id),
        _s3(account, "S3 for another bucket", "arn:aws:s3:::another", account.id),
        _s3(account, "S3 for a bucket of that name elsewhere", bucket, "999999999999"),
        *_batch(account),
        *trails(account),
        replace(trails(account)[0], title="CloudTrail for the trail, session tags"),
        *(replace(caller, title=f"role of {caller.title}") for caller in state_users(account)[:4]),
        *(caller for caller in others(account) if caller.title in ("administrator", "stranger")),
        *(replace(one, title="role of replication") for one in others(account) if one.title == "replication"),
        next(replace(one, title="break-glass") for one in others(account) if one.title.endswith("fresh MFA")),
    ]


def become(role: str) -> Operation:
    """To become a role, with session tags or a source identity where the caller asks for them."""

    def requests(account: Account, caller: Caller) -> list[Request]:
        arn = account.roles[role]
        action = "sts:AssumeRoleWithWebIdentity" if caller.kind is Kind.ISSUER else "sts:AssumeRole"
        made = [call(caller, action, arn)]
        if any(key.startswith("aws:RequestTag/") for key in caller.context) or "session tags" in caller.title:
            made.append(call(caller, "sts:TagSession", arn))
        if "source identity" in caller.title:
            made.append(call(caller, "sts:SetSourceIdentity", arn))
        return made

    return Operation(name=role, requests=requests)

"""What is promised of access: policies, roles, whom a policy is attached to, and issuers of tokens."""

from collections.abc import Iterator
from dataclasses import dataclass

from blueprint.access import AccessRole, Grant, Issuer, grant_policies, grants, issuers
from blueprint.access_policy import access_policy
from blueprint.backend import Backend
from blueprint.operator_policy import operator_policy
from blueprint.operators import operator_grants
from blueprint.policy_document import PolicyDocument
from blueprint.promise.resource import GLOBAL, KeyArns, Kind, Promise
from blueprint.promise.role import NO_ADMINISTRATION, promised_role
from blueprint.promise.rule import Comparison, Rule
from blueprint.promise.statements import as_plain
from settings.model import Settings
from settings.regions import partition_of

RULES = (
    Rule(
        id="policy.statements",
        title="The policy grants what the stack grants, and no more",
        comparison=Comparison.STATEMENTS,
        controls=(
            *NO_ADMINISTRATION,
            "iam_customer_attached_policy_no_administrative_privileges",
            "iam_policy_allows_privilege_escalation",
            *("IAM.1", "IAM.21", "KMS.1"),
        ),
    ),
    Rule(id="policy.description", title="The policy says what it is for"),
    Rule(
        id="attachment.policies",
        title="Whoever the stack names has the policies it gives them",
        comparison=Comparison.AT_LEAST,
    ),
    Rule(
        id="issuer.audiences",
        title="The issuer's tokens are taken for the audiences that the stack names",
        comparison=Comparison.AT_LEAST,
    ),
)
"""What each setting is called, and how it is compared."""


@dataclass(frozen=True, kw_only=True)
class _Managed:
    """A managed policy, of an access entry or of operators.

    :param roles: names of the roles that it is attached to.
    :param users: names of the users that it is attached to.
    """

    name: str
    description: str
    document: PolicyDocument
    roles: tuple[str, ...]
    users: tuple[str, ...]


def promised_access(plan: Backend, arns: KeyArns) -> Iterator[Promise]:
    """All of it."""
    settings = plan.settings
    policies = list(_managed(plan, arns))
    attached: dict[str, list[str]] = {}
    for policy in policies:
        yield _policy(settings, policy)
        for name in (*(f"role/{role}" for role in policy.roles), *(f"user/{user}" for user in policy.users)):
            attached.setdefault(name, []).append(_policy_arn(settings, policy.name))
    for grant in grants(settings):
        if grant.role is not None:
            yield _role(plan, grant, grant.role)
    for name, policy_arns in attached.items():
        yield Promise(kind=Kind.ATTACHMENT, name=name, region=GLOBAL, settings={"policies": sorted(policy_arns)})
    for issuer in issuers(settings):
        yield _issuer(settings, issuer)


def principal_of(attachment: str) -> tuple[str, str]:
    """Kind (``role`` or ``user``) and name of whom an attachment is about."""
    kind, _, name = attachment.partition("/")
    return kind, name


def _managed(plan: Backend, arns: KeyArns) -> Iterator[_Managed]:
    for grant in grants(plan.settings):
        for one, key_arn in zip(grant_policies(plan, grant), (arns.primary, arns.replica), strict=False):
            yield _Managed(
                name=one.name,
                description=one.description,
                document=access_policy(plan.settings, one.region, grant.scope, key_arn=key_arn),
                roles=grant.attach_roles,
                users=grant.attach_users,
            )
    state_keys = [arn for arn in (arns.primary, arns.replica) if arn]
    for operators in operator_grants(plan.settings):
        yield _Managed(
            name=operators.policy_name,
            description=operators.description,
            document=operator_policy(plan, operators.operation, state_keys=state_keys, audit_key=arns.audit),
            roles=operators.attach_roles,
            users=operators.attach_users,
        )


def _policy_arn(settings: Settings, name: str) -> str:
    return f"arn:{partition_of(settings.region).name}:iam::{settings.account_id}:policy{settings.role_path}{name}"


def _policy(settings: Settings, managed: _Managed) -> Promise:
    return Promise(
        kind=Kind.POLICY,
        name=managed.name,
        region=GLOBAL,
        handle=_policy_arn(settings, managed.name),
        settings={
            "statements": as_plain(managed.document),
            "description": managed.description,
            "tags": dict(settings.tags),
        },
    )


def _role(plan: Backend, grant: Grant, role: AccessRole) -> Promise:
    settings = plan.settings
    boundary = {"boundary": settings.permissions_boundary} if settings.permissions_boundary else {}
    return promised_role(
        role.name,
        arn=role.arn,
        trust=role.trust,
        attached=[_policy_arn(settings, one.name) for one in grant_policies(plan, grant)],
        description=grant.description,
        tags=settings.tags,
        more={"session": role.session_seconds, **boundary},
    )


def _issuer(settings: Settings, issuer: Issuer) -> Promise:
    """One that the account had already is only used, so that no more than its audiences are promised."""
    own = {} if issuer.adopted else {"tags": dict(settings.tags)}
    return Promise(
        kind=Kind.ISSUER,
        name=issuer.url,
        region=GLOBAL,
        handle=issuer.arn,
        settings={"audiences": list(issuer.audiences), **own},
    )

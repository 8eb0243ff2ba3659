"""What the access entries of a stack come to: policies, roles, who gets a policy directly, and issuers."""

from dataclasses import dataclass

from blueprint.access_policy import Scope, entry_scope, tag_scope
from blueprint.backend import Backend, RegionalBackend
from blueprint.names import (
    access_policy_name,
    access_role_arn,
    access_role_name,
    oidc_provider_arn,
    replica_policy_name,
    tag_role_name,
)
from blueprint.policy_document import PolicyDocument
from blueprint.trust_policy import entry_trust, foreign_principals, oidc_subjects, tag_trust
from settings.access import AccessEntry
from settings.access_rules import covers
from settings.arns import account_in, kind_in, name_in
from settings.model import Settings
from settings.state_keys import expected_states


@dataclass(frozen=True, kw_only=True)
class AccessRole:
    """A role made for access.

    :param name: its name.
    :param arn: its ARN.
    :param trust: who may become it.
    :param session_seconds: how long a session lasts at most.
    """

    name: str
    arn: str
    trust: PolicyDocument
    session_seconds: int


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One entry of access, or all that goes by tag.

    :param name: the entry's name.
    :param description: what it is for, in the words of the configuration.
    :param policy_name: its managed policy.
    :param replica_policy_name: the one for the second region, which whoever gets the first gets too.
    :param scope: what the policies reach, each in its region.
    :param role: its role, where someone has to become it.
    :param attach_roles: names of roles of this account that get the policies themselves.
    :param attach_users: names of users of this account that get them.
    :param assume: how Terraform becomes the role, as an argument of its backend; empty where the credentials it
        is given are those of the entry already, or where the entry lets several kinds in.
    :param states: the expected states it covers.
    """

    name: str
    description: str
    policy_name: str
    replica_policy_name: str
    scope: Scope
    role: AccessRole | None
    attach_roles: tuple[str, ...]
    attach_users: tuple[str, ...]
    assume: dict[str, dict[str, str]]
    states: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GrantPolicy:
    """A managed policy of a grant: what it reaches in one region.

    :param name: its name.
    :param description: what it is for.
    :param region: the region that its document is made for.
    """

    name: str
    description: str
    region: RegionalBackend


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """An issuer of OpenID Connect tokens.

    :param url: its address.
    :param arn: the provider in this account.
    :param audiences: the audiences that its tokens may have.
    :param adopted: whether the account has the provider already.
    """

    url: str
    arn: str
    audiences: tuple[str, ...]
    adopted: bool


def grants(settings: Settings) -> tuple[Grant, ...]:
    """Every entry as what it comes to, and the one for tags where there is one."""
    made = [_entry_grant(settings, entry) for entry in settings.access]
    if settings.access_by_tag is not None:
        name = tag_role_name(settings)
        made.append(
            Grant(
                name="ByTag",
                description="Terraform state by the tags of whoever asks",
                policy_name=access_policy_name(settings, "ByTag"),
                replica_policy_name=replica_policy_name(settings, "ByTag"),
                scope=tag_scope(settings.access_by_tag.mode),
                role=AccessRole(
                    name=name,
                    arn=access_role_arn(settings, name),
                    trust=tag_trust(settings.access_by_tag),
                    session_seconds=settings.access_by_tag.session_hours * 3600,
                ),
                attach_roles=(),
                attach_users=(),
                assume={},
                states=(),
            )
        )
    return tuple(made)


def grant_policies(plan: Backend, grant: Grant) -> tuple[GrantPolicy, ...]:
    """The managed policies of a grant: one for each region, since IAM takes 6,144 characters in one.

    Whoever has them reaches its states in the second region on the day that the first is gone, without a
    ``pulumi up`` in between. While nobody has failed over, the second bucket's own policy refuses the writes
    that this one allows (``DenyWritesWhileStandby``).
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    first = GrantPolicy(name=grant.policy_name, description=grant.description, region=plan.primary)
    if plan.replica is None:
        return (first,)
    described = f"{grant.description}; in the second region"
    return first, GrantPolicy(name=grant.replica_policy_name, description=described, region=plan.replica)


def issuers(settings: Settings) -> tuple[Issuer, ...]:
    """Every issuer that some entry trusts, once."""
    audiences: dict[str, dict[str, None]] = {}
    for entry in settings.access:
        for url, audience in oidc_subjects(entry):
            audiences.setdefault(url, {})[audience] = None
    return tuple(
        Issuer(
            url=url,
            arn=oidc_provider_arn(settings, url),
            audiences=tuple(sorted(names)),
            adopted=url in settings.adopt_oidc_providers,
        )
        for url, names in sorted(audiences.items())
    )


def _entry_grant(settings: Settings, entry: AccessEntry) -> Grant:
    trust = entry_trust(settings, entry)
    name = access_role_name(settings, entry.name)
    role = None
    if trust is not None:
        role = AccessRole(
            name=name,
            arn=access_role_arn(settings, name),
            trust=trust,
            session_seconds=entry.session_hours * 3600,
        )
    own = [arn for arn in entry.principals if account_in(arn) == settings.account_id]
    return Grant(
        name=entry.name,
        description=f"Terraform state, {entry.mode.value}: {', '.join(entry.states)}",
        policy_name=access_policy_name(settings, entry.name),
        replica_policy_name=replica_policy_name(settings, entry.name),
        scope=entry_scope(entry),
        role=role,
        # IAM Identity Center alone changes its roles: a permission set names the policy instead.
        attach_roles=tuple(name_in(arn) for arn in own if kind_in(arn) == "role" and "/aws-reserved/" not in arn),
        attach_users=tuple(name_in(arn) for arn in own if kind_in(arn) == "user"),
        assume=_assume(settings, entry, role),
        states=tuple(
            state
            for state in expected_states(settings.states)
            if any(covers(pattern, state) for pattern in entry.states)
        ),
    )


def _assume(settings: Settings, entry: AccessEntry, role: AccessRole | None) -> dict[str, dict[str, str]]:
    if role is None:
        return {}
    session = {"role_arn": role.arn, "session_name": f"terraform-{entry.name}"}
    foreign, issued = foreign_principals(settings, entry), oidc_subjects(entry)
    ways = [len(foreign) < len(entry.principals), bool(foreign), bool(issued), *(True for _ in entry.accounts)]
    if sum(ways) != 1:
        return {}
    if issued:
        # Terraform refuses the argument without the token, whatever the environment says.
        file = entry.token_file
        return {"assume_role_with_web_identity": {**session, "web_identity_token_file": file}} if file else {}
    external = {"external_id": entry.accounts[0].external_id} if entry.accounts else {}
    return {"assume_role": {**session, **external}}

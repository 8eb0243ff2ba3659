"""The policies and roles by which people and pipelines reach their states, and the issuers they come from."""

from typing import Any

import pulumi
import pulumi_aws as aws

from blueprint.access import AccessRole, Grant, GrantPolicy, Issuer, grant_policies, grants, issuers
from blueprint.access_policy import access_policy
from blueprint.backend import Backend, RegionalBackend
from blueprint.backend_config import backend_configs
from blueprint.policy_document import to_json
from settings.access import REPLICA_SUFFIX
from settings.model import Settings

KeyArn = pulumi.Output[str | None]
"""The ARN of a region's key; none with AES256, or where there is no such region."""


def make_access(
    name: str,
    plan: Backend,
    *,
    key: aws.kms.Key | None,
    replica_key: aws.kms.Key | None,
    parent: pulumi.Resource,
) -> pulumi.Output[dict[str, Any]]:
    """Every entry's policies and role; the stack output ``access``.

    :param key: the first region's key; ``None`` with AES256.
    :param replica_key: the second region's key; ``None`` with AES256, or without a second region.
    """
    settings = plan.settings
    providers = [
        _make_issuer(f"{name}-issuer", issuer, settings=settings, parent=parent)
        for issuer in issuers(settings)
        if not issuer.adopted
    ]
    keys = tuple(pulumi.Output.from_input(one.arn if one else None) for one in (key, replica_key))
    made = {
        grant.name: _make_grant(f"{name}-{grant.name}", plan, grant, keys=keys, providers=providers, parent=parent)
        for grant in grants(settings)
    }
    return pulumi.Output.all(**made)


def _make_issuer(
    name: str, issuer: Issuer, *, settings: Settings, parent: pulumi.Resource
) -> aws.iam.OpenIdConnectProvider:
    host = issuer.url.removeprefix("https://")
    return aws.iam.OpenIdConnectProvider(
        f"{name}-{host}",
        url=issuer.url,
        client_id_lists=list(issuer.audiences),
        tags=settings.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _make_grant(
    name: str,
    plan: Backend,
    grant: Grant,
    *,
    keys: tuple[KeyArn, ...],
    providers: list[aws.iam.OpenIdConnectProvider],
    parent: pulumi.Resource,
) -> pulumi.Output[dict[str, Any]]:
    role = None
    if grant.role is not None:
        after = pulumi.ResourceOptions(parent=parent, depends_on=list(providers))
        role = _make_role(f"{name}-role", grant, grant.role, settings=plan.settings, opts=after)
    made = {}
    # The first region's resources keep the names that they had before there was a policy for each region.
    for suffix, one, key_arn in zip(("", REPLICA_SUFFIX), grant_policies(plan, grant), keys, strict=False):
        policy = _make_policy(f"{name}{suffix}", plan, grant, one, key_arn=key_arn, parent=parent)
        _attach(f"{name}{suffix}", grant, policy, role=role, parent=parent)
        made[suffix] = policy.arn
    return pulumi.Output.all(
        policy_arn=made[""],
        replica_policy_arn=made.get(REPLICA_SUFFIX),
        role_arn=role.arn if role else None,
        backend_configs=_backend_configs(plan, plan.primary, grant, keys[0]),
        replica_backend_configs=_backend_configs(plan, plan.replica, grant, keys[1]),
    )


def _make_policy(
    name: str, plan: Backend, grant: Grant, one: GrantPolicy, *, key_arn: KeyArn, parent: pulumi.Resource
) -> aws.iam.Policy:
    settings = plan.settings
    return aws.iam.Policy(
        f"{name}-policy",
        name=one.name,
        path=settings.role_path,
        description=one.description,
        policy=key_arn.apply(lambda arn: to_json(access_policy(settings, one.region, grant.scope, key_arn=arn))),
        tags=settings.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _attach(
    name: str, grant: Grant, policy: aws.iam.Policy, *, role: aws.iam.Role | None, parent: pulumi.Resource
) -> None:
    plain = pulumi.ResourceOptions(parent=parent)
    if role is not None:
        aws.iam.RolePolicyAttachment(f"{name}-role-policy", role=role.name, policy_arn=policy.arn, opts=plain)
    for attached in grant.attach_roles:
        aws.iam.RolePolicyAttachment(
            f"{name}-to-role-{attached}", role=attached, policy_arn=policy.arn, opts=plain
        )
    for attached in grant.attach_users:
        aws.iam.UserPolicyAttachment(
            f"{name}-to-user-{attached}", user=attached, policy_arn=policy.arn, opts=plain
        )


def _make_role(
    name: str, grant: Grant, role: AccessRole, *, settings: Settings, opts: pulumi.ResourceOptions
) -> aws.iam.Role:
    return aws.iam.Role(
        name,
        name=role.name,
        path=settings.role_path,
        description=grant.description,
        assume_role_policy=to_json(role.trust),
        max_session_duration=role.session_seconds,
        permissions_boundary=settings.permissions_boundary,
        tags=settings.tags,
        opts=opts,
    )


def _backend_configs(
    plan: Backend, region: RegionalBackend | None, grant: Grant, key_arn: KeyArn
) -> pulumi.Output[dict[str, Any]]:
    if region is None:
        return pulumi.Output.from_input({})

    def configs(arn: str | None) -> dict[str, dict[str, Any]]:
        made = backend_configs(plan.settings, region, grant.states, kms_key_arn=arn)
        return {state: {**arguments, **grant.assume} for state, arguments in made.items()}

    return key_arn.apply(configs)

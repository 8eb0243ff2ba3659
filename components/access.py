"""The policies and roles by which people and pipelines reach their states, and the issuers they come from."""

from typing import Any

import pulumi
import pulumi_aws as aws

from blueprint.access import AccessRole, Grant, Issuer, grants, issuers
from blueprint.access_policy import access_policy
from blueprint.backend import Backend
from blueprint.backend_config import backend_configs
from blueprint.policy_document import to_json
from settings.model import Settings


def make_access(
    name: str, plan: Backend, *, key: aws.kms.Key | None, parent: pulumi.Resource
) -> pulumi.Output[dict[str, Any]]:
    """Every entry's policy and role; the stack output ``access``.

    :param key: the first region's key; ``None`` with AES256.
    """
    settings = plan.settings
    providers = [
        _make_issuer(f"{name}-issuer", issuer, settings=settings, parent=parent)
        for issuer in issuers(settings)
        if not issuer.adopted
    ]
    made = {
        grant.name: _make_grant(f"{name}-{grant.name}", plan, grant, key=key, providers=providers, parent=parent)
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
    key: aws.kms.Key | None,
    providers: list[aws.iam.OpenIdConnectProvider],
    parent: pulumi.Resource,
) -> pulumi.Output[dict[str, Any]]:
    settings = plan.settings
    plain = pulumi.ResourceOptions(parent=parent)
    key_arn: pulumi.Output[str | None] = pulumi.Output.from_input(key.arn if key else None)
    policy = aws.iam.Policy(
        f"{name}-policy",
        name=grant.policy_name,
        path=settings.role_path,
        description=grant.description,
        policy=key_arn.apply(lambda arn: to_json(access_policy(settings, plan.primary, grant.scope, key_arn=arn))),
        tags=settings.tags,
        opts=plain,
    )
    role = None
    if grant.role is not None:
        after = pulumi.ResourceOptions(parent=parent, depends_on=list(providers))
        role = _make_role(f"{name}-role", grant, grant.role, settings=settings, opts=after)
        aws.iam.RolePolicyAttachment(f"{name}-role-policy", role=role.name, policy_arn=policy.arn, opts=plain)
    for attached in grant.attach_roles:
        aws.iam.RolePolicyAttachment(
            f"{name}-to-role-{attached}", role=attached, policy_arn=policy.arn, opts=plain
        )
    for attached in grant.attach_users:
        aws.iam.UserPolicyAttachment(
            f"{name}-to-user-{attached}", user=attached, policy_arn=policy.arn, opts=plain
        )
    return pulumi.Output.all(
        policy_arn=policy.arn,
        role_arn=role.arn if role else None,
        backend_configs=key_arn.apply(lambda arn: _backend_configs(plan, grant, arn)),
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


def _backend_configs(plan: Backend, grant: Grant, key_arn: str | None) -> dict[str, dict[str, Any]]:
    configs = backend_configs(plan.settings, plan.primary, grant.states, kms_key_arn=key_arn)
    return {state: {**arguments, **grant.assume} for state, arguments in configs.items()}

"""The settings of IAM's roles, managed policies and OIDC providers, and what is attached to whom."""

from collections.abc import Mapping
from typing import Any

from store.live.reading import Live, Reading, tags


def live_role(iam: Any, name: str) -> Live:
    """The settings of a role."""
    reading = Reading(f"role {name}")
    reading.ask(
        "iam:GetRole",
        ["arn", "trust", "session", "boundary", "description", "tags"],
        lambda: _role(iam.get_role(RoleName=name)["Role"]),
    )
    reading.ask("iam:ListAttachedRolePolicies", ["attached"], lambda: [_attached(iam, "role", name)])
    reading.ask("iam:ListRolePolicies", ["names"], lambda: [_inline_names(iam, name)])
    names = reading.found("names", needed_for=["inline"])
    if names is not None:
        reading.ask(
            "iam:GetRolePolicy",
            ["inline"],
            lambda: [
                {title: iam.get_role_policy(RoleName=name, PolicyName=title)["PolicyDocument"] for title in names}
            ],
        )
    return reading.done()


def live_policy(iam: Any, arn: str) -> Live:
    """The settings of a managed policy, in its default version."""
    reading = Reading(f"policy {arn}")
    reading.ask(
        "iam:GetPolicy",
        ["version", "description", "tags"],
        lambda: _policy(iam.get_policy(PolicyArn=arn)["Policy"]),
    )
    version = reading.found("version", needed_for=["statements"])
    if version:
        reading.ask(
            "iam:GetPolicyVersion",
            ["statements"],
            lambda: [iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]],
        )
    return reading.done()


def live_attachment(iam: Any, kind: str, name: str) -> Live:
    """The managed policies of somebody.

    :param kind: ``role`` or ``user``.
    """
    reading = Reading(f"{kind} {name}")
    action = f"iam:ListAttached{kind.capitalize()}Policies"
    reading.ask(action, ["policies"], lambda: [_attached(iam, kind, name)])
    return reading.done()


def live_issuer(iam: Any, arn: str) -> Live:
    """The settings of an OIDC provider."""
    reading = Reading(f"OIDC provider {arn}")
    reading.ask(
        "iam:GetOpenIDConnectProvider",
        ["audiences", "tags"],
        lambda: _issuer(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)),
    )
    return reading.done()


def _role(role: Mapping[str, Any]) -> list[Any]:
    return [
        role["Arn"],
        role["AssumeRolePolicyDocument"],
        role["MaxSessionDuration"],
        role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        role.get("Description", ""),
        tags(role.get("Tags", ())),
    ]


def _policy(policy: Mapping[str, Any]) -> list[Any]:
    return [policy["DefaultVersionId"], policy.get("Description", ""), tags(policy.get("Tags", ()))]


def _issuer(issuer: Mapping[str, Any]) -> list[Any]:
    return [sorted(issuer["ClientIDList"]), tags(issuer.get("Tags", ()))]


def _attached(iam: Any, kind: str, name: str) -> list[str]:
    pages = iam.get_paginator(f"list_attached_{kind}_policies").paginate(**{f"{kind.capitalize()}Name": name})
    return sorted(policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"])


def _inline_names(iam: Any, role: str) -> list[str]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
    return [name for page in pages for name in page["PolicyNames"]]

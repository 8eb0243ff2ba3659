"""The policies of those who look after the states with ``statectl``."""

from typing import Any

import pulumi
import pulumi_aws as aws

from blueprint.backend import Backend
from blueprint.operator_policy import operator_policy
from blueprint.operators import OperatorGrant, operator_grants
from blueprint.policy_document import to_json


def make_operators(
    name: str,
    plan: Backend,
    *,
    state_keys: list[aws.kms.Key],
    audit_key: aws.kms.Key | None,
    parent: pulumi.Resource,
) -> None:
    """Every policy, attached to whom the stack names.

    :param state_keys: the regions' keys; none with AES256.
    :param audit_key: the key of the audit trail, where the stack makes one.
    """
    arns: pulumi.Output[list[str]] = pulumi.Output.all(*[key.arn for key in state_keys])
    keys = pulumi.Output.all(state_keys=arns, audit_key=audit_key.arn if audit_key else None)
    for grant in operator_grants(plan.settings):
        _make_grant(f"{name}-{grant.operation.value}", plan, grant, keys=keys, parent=parent)


def _make_grant(
    name: str, plan: Backend, grant: OperatorGrant, *, keys: pulumi.Output[dict[str, Any]], parent: pulumi.Resource
) -> None:
    settings = plan.settings
    plain = pulumi.ResourceOptions(parent=parent)
    policy = aws.iam.Policy(
        f"{name}-policy",
        name=grant.policy_name,
        path=settings.role_path,
        description=grant.description,
        policy=keys.apply(lambda arns: to_json(operator_policy(plan, grant.operation, **arns))),
        tags=settings.tags,
        opts=plain,
    )
    for attached in grant.attach_roles:
        aws.iam.RolePolicyAttachment(
            f"{name}-to-role-{attached}", role=attached, policy_arn=policy.arn, opts=plain
        )
    for attached in grant.attach_users:
        aws.iam.UserPolicyAttachment(
            f"{name}-to-user-{attached}", user=attached, policy_arn=policy.arn, opts=plain
        )

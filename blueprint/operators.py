"""What the operators of a stack come to: policies, and who gets which."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from blueprint.names import access_policy_name
from settings.access import OPERATE_READ, OPERATE_READ_SETTINGS, OPERATE_WRITE
from settings.arns import kind_in, name_in
from settings.model import Settings
from settings.own_state import PULUMI_STATE as KEEP_PULUMI_STATE


class Operation(StrEnum):
    """What a policy of operators is for."""

    READ = OPERATE_READ
    """To look at states, versions and locks."""
    READ_SETTINGS = OPERATE_READ_SETTINGS
    """To look at what keeps them; a policy of its own, since IAM takes 6,144 characters in one."""
    WRITE = OPERATE_WRITE
    """To restore a state, and to take or break a lock."""
    PULUMI_STATE = KEEP_PULUMI_STATE
    """To run Pulumi on the stack, where its own state is in the state bucket."""


@dataclass(frozen=True, kw_only=True)
class OperatorGrant:
    """A policy and who gets it.

    :param operation: what it is for.
    :param policy_name: its name, which a permission set of IAM Identity Center refers to.
    :param description: what it is for, in words.
    :param attach_roles: names of the roles that get it.
    :param attach_users: names of the users that get it.
    """

    operation: Operation
    policy_name: str
    description: str
    attach_roles: tuple[str, ...]
    attach_users: tuple[str, ...]


def operator_grants(settings: Settings) -> tuple[OperatorGrant, ...]:
    """The policies that the stack makes: a writer gets those that read as well, an administrator Pulumi's own."""
    return (*_looking_after(settings), *_keeping_pulumi_state(settings))


def _keeping_pulumi_state(settings: Settings) -> tuple[OperatorGrant, ...]:
    if not settings.pulumi_state:
        return ()
    described = "Keep Pulumi's own state in the bucket of the Terraform backend"
    return (_grant(settings, Operation.PULUMI_STATE, described, settings.administrators),)


def _looking_after(settings: Settings) -> tuple[OperatorGrant, ...]:
    operators = settings.operators
    if operators is None:
        return ()
    everyone = (*operators.readers, *operators.writers)
    wanted = (
        (Operation.READ, "Look at Terraform states and locks with statectl", everyone),
        (Operation.READ_SETTINGS, "Look at the settings of the Terraform backend with statectl", everyone),
        (Operation.WRITE, "Restore Terraform states, take and break their locks with statectl", operators.writers),
    )
    return tuple(
        _grant(settings, operation, description, principals)
        for operation, description, principals in wanted
        if principals
    )


def _grant(settings: Settings, operation: Operation, description: str, principals: Sequence[str]) -> OperatorGrant:
    # IAM Identity Center alone changes its roles: a permission set names the policy instead.
    attached = [arn for arn in principals if "/aws-reserved/" not in arn]
    return OperatorGrant(
        operation=operation,
        policy_name=access_policy_name(settings, operation.value),
        description=description,
        attach_roles=tuple(name_in(arn) for arn in attached if kind_in(arn) == "role"),
        attach_users=tuple(name_in(arn) for arn in attached if kind_in(arn) == "user"),
    )

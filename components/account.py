"""The guard against the wrong account."""

import pulumi
import pulumi_aws as aws

from components.provider import same_provider
from settings.arns import is_session_of
from settings.model import Settings


class WrongAccountError(pulumi.RunError):
    """The caller is in another account than the one the stack names; nothing was made."""


class LockedOutError(pulumi.RunError):
    """The caller is not among the administrators and would shut itself out; nothing was made."""


def require_account(settings: Settings, *, opts: pulumi.ResourceOptions | None) -> None:
    """Stop unless the credentials belong to the stack's account, and to one of its administrators if it has any.

    :param opts: the component's options, so that the credentials asked are those its resources will use.
    :raises WrongAccountError: where they belong to another account.
    :raises LockedOutError: where bucket and key policies would refuse the next ``pulumi up`` of the same caller.
    """
    caller = aws.get_caller_identity(opts=same_provider(opts))
    account_id = settings.account_id
    if caller.account_id != account_id:
        raise WrongAccountError(
            f'the credentials belong to account "{caller.account_id}" ({caller.arn}), and this stack may touch '
            f'only accountId "{account_id}", so nothing was made. Fix: use credentials of {account_id}, '
            "or select the stack that belongs to these."
        )
    if settings.administrators and not any(is_session_of(caller.arn, arn) for arn in settings.administrators):
        raise LockedOutError(
            f"the credentials are those of {caller.arn}, which is not among administrators "
            f"({', '.join(settings.administrators)}): the policies would shut it out, so nothing was made. "
            "Fix: add it to administrators, or use the credentials of one of them."
        )

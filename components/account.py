"""The guard against the wrong account."""

import pulumi
import pulumi_aws as aws


class WrongAccountError(pulumi.RunError):
    """The caller is in another account than the one the stack names; nothing was made."""


def require_account(account_id: str, *, opts: pulumi.ResourceOptions | None) -> None:
    """Stop unless the credentials belong to ``account_id``.

    :param opts: the component's options, so that the credentials asked are those its resources will use.
    :raises WrongAccountError: where they belong to another account.
    """
    caller = aws.get_caller_identity(opts=_same_provider(opts))
    if caller.account_id != account_id:
        raise WrongAccountError(
            f'the credentials belong to account "{caller.account_id}" ({caller.arn}), and this stack may touch '
            f'only accountId "{account_id}", so nothing was made. Fix: use credentials of {account_id}, '
            "or select the stack that belongs to these."
        )


def _same_provider(opts: pulumi.ResourceOptions | None) -> pulumi.InvokeOptions:
    if opts is None:
        return pulumi.InvokeOptions()
    if opts.provider is not None:
        return pulumi.InvokeOptions(provider=opts.provider)
    providers = opts.providers
    if isinstance(providers, dict) and "aws" in providers:
        return pulumi.InvokeOptions(provider=providers["aws"])
    if isinstance(providers, list | tuple):
        for provider in providers:
            if provider.package == "aws":
                return pulumi.InvokeOptions(provider=provider)
    return pulumi.InvokeOptions(parent=opts.parent)

"""Which provider a function is called with: the one that makes the component's resources."""

import pulumi


def same_provider(opts: pulumi.ResourceOptions | None) -> pulumi.InvokeOptions:
    """Options that ask AWS with the credentials that the component's resources will use.

    :param opts: the component's own options.
    """
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

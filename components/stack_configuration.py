"""From Pulumi's configuration to checked settings; a mistake ends the program before anything is registered."""

import json
from collections.abc import Collection, Mapping, Sequence

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret

from blueprint.backend import Backend
from blueprint.limits import over_limits
from settings.mistakes import SettingsError
from settings.model import Settings
from settings.parse import parse


def read_settings() -> Settings:
    """The settings of the stack that is running.

    :raises pulumi.RunError: with every mistake in the configuration; Pulumi shows its text and no traceback.
    """
    # pulumi.Config reads only keys that one asks for, and so cannot see the ones that are misspelt.
    everything: dict[str, str] = {**get_config_env(), **CONFIG.get()}
    namespace = f"{pulumi.get_project()}:"
    values = {key.removeprefix(namespace): value for key, value in everything.items() if key.startswith(namespace)}
    allowed = everything.get("aws:allowedAccountIds")
    return checked_settings(
        values,
        region=everything.get("aws:region"),
        allowed_account_ids=json.loads(allowed) if allowed else None,
        secret_keys=[key for key in values if is_config_secret(namespace + key)],
    )


def checked_settings(
    values: Mapping[str, object],
    *,
    region: str | None,
    allowed_account_ids: Sequence[str] | None = None,
    secret_keys: Collection[str] = (),
) -> Settings:
    """As :func:`settings.parse.parse` for the running stack, with mistakes as Pulumi shows them.

    :raises pulumi.RunError: with every mistake in the values.
    """
    try:
        return parse(
            values,
            region=region,
            stack=pulumi.get_stack(),
            allowed_account_ids=allowed_account_ids,
            secret_keys=secret_keys,
        )
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def require_within_limits(plan: Backend) -> None:
    """Stop where AWS would refuse a policy or a name for its size.

    :raises pulumi.RunError: with every limit that would be exceeded.
    """
    mistakes = list(over_limits(plan))
    if mistakes:
        raise pulumi.RunError(str(SettingsError(mistakes)))

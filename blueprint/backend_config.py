"""What Terraform is told about the backend: the arguments of its ``s3`` backend, per state.

As files they are written by :mod:`blueprint.backend_files`.
Source: https://developer.hashicorp.com/terraform/language/backend/s3
"""

from collections.abc import Sequence

from blueprint.backend import RegionalBackend
from settings.model import Settings
from settings.state_keys import state_key

Argument = str | bool | list[str]
"""A value that a backend argument can take."""


def backend_arguments(
    settings: Settings, region: RegionalBackend, *, key: str, kms_key_arn: str | None
) -> dict[str, Argument]:
    """The arguments for one state in one region.

    ``kms_key_id`` is always named where a customer key encrypts: with ``encrypt`` alone Terraform asks for
    AES256, past the bucket's key, and the bucket refuses. Where the key's ARN is not known, both are left out:
    Terraform then asks for nothing, and the bucket encrypts under its key by default.

    :param key: the state's key in the bucket.
    :param kms_key_arn: the ARN of the region's key; ``None`` with AES256, or where it is not known.
    """
    arguments: dict[str, Argument] = {"bucket": region.bucket.name, "key": key, "region": region.region}
    if kms_key_arn is not None or region.key is None:
        arguments["encrypt"] = True
    if kms_key_arn is not None:
        arguments["kms_key_id"] = kms_key_arn
    if settings.lock.uses_lockfile:
        arguments["use_lockfile"] = True
    if region.table is not None:
        arguments["dynamodb_table"] = region.table.name
    arguments["allowed_account_ids"] = [settings.account_id]
    return arguments


def backend_configs(
    settings: Settings, region: RegionalBackend, states: Sequence[str], *, kms_key_arn: str | None
) -> dict[str, dict[str, Argument]]:
    """The arguments for these states in one region, by ``<environment>/<service>``."""
    return {
        state: backend_arguments(settings, region, key=state_key(state), kms_key_arn=kms_key_arn)
        for state in states
    }

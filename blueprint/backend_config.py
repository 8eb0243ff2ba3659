"""What Terraform is told about the backend: the arguments of its ``s3`` backend, per state.

Source: https://developer.hashicorp.com/terraform/language/backend/s3
"""

import json
import re
from collections.abc import Mapping, Sequence
from textwrap import indent

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
    AES256, past the bucket's key, and the bucket refuses.

    :param key: the state's key in the bucket.
    :param kms_key_arn: the ARN of the region's key; ``None`` with AES256.
    """
    arguments: dict[str, Argument] = {
        "bucket": region.bucket.name,
        "key": key,
        "region": region.region,
        "encrypt": True,
    }
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


def to_hcl(arguments: Mapping[str, object]) -> str:
    """The arguments as a file for ``terraform init -backend-config=FILE``.

    :param arguments: strings, booleans, numbers, and lists and maps of them.
    """
    width = max((len(name) for name in arguments), default=0)
    return "".join(f"{name:<{width}} = {_expression(value)}\n" for name, value in arguments.items())


def backend_block(arguments: Mapping[str, object]) -> str:
    """The same as a complete block, for a configuration that keeps its backend in its own files."""
    body = indent(to_hcl(arguments), " " * 4)
    return f'terraform {{\n  backend "s3" {{\n{body}  }}\n}}\n'


def remote_state_block(name: str, arguments: Mapping[str, object]) -> str:
    """The block by which another configuration reads the outputs of this state.

    :param name: ``<environment>/<service>``; the block is named for it, as Terraform allows.
    """
    label = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    body = indent(to_hcl(arguments), " " * 4)
    header = f'data "terraform_remote_state" "{label}" {{\n  backend = "s3"\n'
    return f"{header}  config = {{\n{body}  }}\n}}\n"


def _expression(value: object) -> str:
    if isinstance(value, Mapping):
        items = ", ".join(f"{_string(str(name))} = {_expression(item)}" for name, item in value.items())
        return f"{{ {items} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_expression(item) for item in value)}]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _string(value: str) -> str:
    """A quoted string: HCL escapes as JSON does, and ``${`` and ``%{`` would start a template."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")

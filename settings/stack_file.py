"""Reads ``Pulumi.<stack>.yaml`` without an engine, so that a pull request can be checked first."""

from pathlib import Path
from typing import Any

import yaml

from settings.model import Settings
from settings.parse import parse


def load_stack_file(path: Path) -> Settings:
    """The settings of the stack that ``path`` (``Pulumi.<stack>.yaml``, beside ``Pulumi.yaml``) configures.

    :raises SettingsError: where the configuration has mistakes.
    :raises OSError: where one of the two files cannot be read.
    :raises yaml.YAMLError: where one of the two files is not YAML.
    """
    project = _mapping(path.with_name("Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    return read_stack_file(path.read_text(encoding="utf-8"), project=project, path=path)


def read_stack_file(text: str, *, project: str, path: Path) -> Settings:
    """The settings that a stack file with this text configures, without a look at the disk.

    :param project: the project's name, which its settings begin with.
    :param path: what the file is called, which says which stack it is of.
    :raises SettingsError: where the configuration has mistakes.
    :raises yaml.YAMLError: where the text is not YAML.
    """
    config = _mapping(text).get("config") or {}
    values = {key.removeprefix(f"{project}:"): value for key, value in config.items()}
    region = values.pop("aws:region", None)
    allowed = values.pop("aws:allowedAccountIds", None)
    return parse(
        {key: value for key, value in values.items() if ":" not in key},
        region=region,
        stack=path.stem.removeprefix("Pulumi."),
        allowed_account_ids=allowed,
        secret_keys=[key for key, value in values.items() if isinstance(value, dict) and "secure" in value],
    )


def _mapping(text: str) -> dict[str, Any]:
    content = yaml.safe_load(text)
    return content if isinstance(content, dict) else {}

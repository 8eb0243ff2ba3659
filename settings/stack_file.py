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
    project = _mapping(path.with_name("Pulumi.yaml"))["name"]
    config = _mapping(path).get("config") or {}
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


def _mapping(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}

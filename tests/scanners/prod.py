"""Stack prod with every part that can be scanned: with the audit trail too, which is a choice."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.unit.program import PROJECT

CHOICES: dict[str, object] = {f"{PROJECT}:auditTrail": {"days": 400}}


def with_every_choice(config: Mapping[str, object]) -> dict[str, object]:
    """The configuration, with each part that it does not choose for itself."""
    return {**CHOICES, **config}


def make_every_choice(stack_file: Path) -> None:
    """The same in a copy of the stack file."""
    content = yaml.safe_load(stack_file.read_text())
    content["config"] = with_every_choice(content["config"])
    stack_file.write_text(yaml.safe_dump(content))

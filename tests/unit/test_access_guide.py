"""docs/access.md and the pipelines it shows work as written."""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from blueprint.access import grants
from blueprint.backend import backend
from blueprint.regional_policy import regional_policy
from blueprint.standby import Activity, Standby
from settings.model import Settings
from settings.stack_file import load_stack_file
from tests.unit.program import ROOT
from tests.unit.test_settings import GOOD, read

GUIDE = (ROOT / "docs" / "access.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.S)
STATES = {"prod": ["network", "database"], "shared": ["identity"]}
ADMINISTRATORS = ["arn:aws:iam::123456789012:role/platform-admin"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_configuration_that_is_accepted(example: str) -> None:
    shown: dict[str, Any] = yaml.safe_load(example)
    read({**GOOD, "states": STATES, "administrators": ADMINISTRATORS, **shown})


def test_every_refusal_of_the_buckets_is_explained() -> None:
    settings = load_stack_file(ROOT / "Pulumi.prod.yaml")
    moved = backend(settings, Activity(first=Standby(rest=True), second=Standby()))
    readme = (ROOT / "README.md").read_text()
    for statement in regional_policy(settings, moved.primary, key_arn="k")["Statement"]:
        assert f"`{statement['Sid']}`" in GUIDE + readme


@pytest.mark.parametrize(
    ("schema", "name", "entry"),
    [
        ("vendor.github-workflows", "github-actions.yml", "deploy"),
        ("vendor.gitlab-ci", "gitlab-ci.yml", "shared"),
    ],
)
def test_the_pipelines_fit_their_published_schemas_and_name_roles_that_are_made(
    schema: str, name: str, entry: str
) -> None:
    file = ROOT / "examples" / "ci" / name
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    settings: Settings = load_stack_file(ROOT / "Pulumi.prod.yaml")
    (role,) = [grant.role for grant in grants(settings) if grant.name == entry]
    assert role is not None
    assert role.arn in file.read_text()

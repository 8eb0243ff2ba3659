"""What docs/statectl.md says of the command line is what it does."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from docs.statectl_reference import SHAPES, commands
from localcloud.paths import PROJECT
from localcloud.terraform import TERRAFORM
from statectl.exit_code import ExitCode
from statefile.keys import lockfile_key
from tests.access.stack import apply
from tests.statectl.stack import Stack

KEY = "dev/documented/terraform.tfstate"
SPOILT = "dev/spoilt/terraform.tfstate"
STATE = {"states show", "locks show", "versions ls", "versions show", "versions diff", "access check"}


@pytest.fixture(scope="module")
def spoilt(both: Stack) -> Iterator[Stack]:
    """A stack with a state that was written twice and is locked, and one that is spoilt."""
    here = both.terraform(KEY)
    for content in ("one", "two"):
        here.do(apply(content, "-auto-approve"))
    both.s3().put_object(Bucket=both.bucket, Key=lockfile_key(KEY), Body=b'{"ID":"held"}', IfNoneMatch="*")
    both.s3().put_object(Bucket=both.bucket, Key=SPOILT, Body=b"{")
    yield both
    for key in (SPOILT, lockfile_key(KEY)):
        both.s3().delete_object(Bucket=both.bucket, Key=key)


@pytest.mark.parametrize("command", SHAPES)
def test_json_has_the_documented_fields(spoilt: Stack, command: str, tmp_path: Any) -> None:
    kind, record = SHAPES[command]
    words = command.split()
    more = [KEY] if command in STATE else []
    more += {
        "recover STATE": [SPOILT],
        "access check": ["--as", "me"],
        "adopt plan": [spoilt.bucket],
        "backend write": [str(tmp_path), "--dry-run"],
        "failover start": ["dev/moved", "--yes"],
        "move key": [KEY, "dev/elsewhere", "--dry-run"],
        "move lock": ["--to", "both", "--dry-run"],
        "failback start": ["dev/moved", "--yes"],
        "failover drill": ["--terraform", shlex.join(TERRAFORM), "--dry-run"],
    }.get(command, [])
    printed = spoilt.operator().json(*[word for word in words if word != "STATE"], *more)
    documented = [field.name for field in fields(record)]
    found = printed if kind == "array of" else [printed]
    assert found
    assert all(list(one) == documented for one in found)


def test_every_exit_code_that_help_names_is_one(both: Stack) -> None:
    said = both.operator().do("--help").out
    named = re.findall(r"(\d)\s+([a-z ]+?)[,.]", re.sub(r"\s+", " ", said.split("Exit codes:")[1]))
    assert [int(code) for code, _ in named] == [code.value for code in ExitCode]


def test_every_command_of_the_pages_is_one() -> None:
    """Commands in running text and in the other pages; those of the runbook are run."""
    known = {command for command, _ in commands()}
    nouns = {command.split()[0] for command in known}
    for page in [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]:
        typed = re.compile(r"(?:`|^\$ |^)(?:\.venv/bin/)?statectl ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)
        for noun, verb in typed.findall(page.read_text()):
            assert noun in nouns, f"{page.name}: statectl {noun}"
            is_verb = f"{noun} {verb}" in known or noun in known or not verb
            assert is_verb, f"{page.name}: statectl {noun} {verb}"

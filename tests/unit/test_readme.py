"""The README says what the code does."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from blueprint.bucket_policy import state_bucket_policy
from docs.generate import README, outdated
from settings.model import Encryption, Lock
from tests.statectl.operator import Operator
from tests.unit.program import ROOT, run_program, stack_config


def test_what_the_code_decides_is_up_to_date() -> None:
    assert outdated() == [], "run: python -m docs.generate"


def test_every_statement_of_the_bucket_policy_is_explained() -> None:
    policy = state_bucket_policy("arn:aws:s3:::b", encryption=Encryption.KMS, key_arn="k", lock=Lock.BOTH)
    for statement in policy["Statement"]:
        assert f"| `{statement['Sid']}` |" in README.read_text()


def test_checking_stack_files_prints_what_the_readme_shows() -> None:
    command = [sys.executable, "-m", "settings", "Pulumi.prod.yaml", "Pulumi.staging.yaml"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in printed.splitlines():
        assert f"   {line}\n" in README.read_text()


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody whose Pulumi says what stack prod promises, and who has no credentials of AWS."""
    outputs = run_program(stack_config("prod"), stack="prod").outputs
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(f"#!{sys.executable}\nprint({json.dumps(outputs)!r})\n")
    pulumi.chmod(0o755)
    environment = {"STATECTL_PROJECT": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true"}
    return Operator({**environment, "PATH": str(pulumi.parent)})


def _commands(text: str) -> list[list[str]]:
    """What a page says to write backend files with."""
    return [shlex.split(found) for found in re.findall(r"statectl (backend write [^`\n]*)", text)]


def test_the_readmes_command_writes_the_files_that_it_speaks_of(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = README.read_text()
    command, *_ = _commands(text)
    operator.do(*command)
    (file,) = re.findall(r"-backend-config=(\S+)", text)
    assert "kms_key_id          = " in Path(file).read_text()
    assert "use_lockfile        = true" in Path(file).read_text()
    assert sorted(entry.name for entry in Path(file).parent.iterdir()) == [
        "backend.hcl",
        "backend.tf",
        "remote_state.tf",
    ]


@pytest.mark.parametrize(
    "options",
    [[], ["--replica"], ["--as", "partner"], ["--as", "partner", "--replica"], ["--as", "shared"]],
    ids=" ".join,
)
def test_without_pulumi_the_same_files_come_from_the_stack_file_but_for_the_key(
    operator: Operator, tmp_path: Path, options: list[str]
) -> None:
    command, *_ = _commands(README.read_text())
    more = [*command[3:], *options]
    operator.do("backend", "write", str(tmp_path / "with"), *more)
    alone = operator.with_variables(PATH="").do("backend", "write", str(tmp_path / "without"), *more)
    assert "there is no pulumi here" in alone.err
    assert "encrypt and kms_key_id are left out" in alone.err
    written = sorted(path.relative_to(tmp_path / "with") for path in (tmp_path / "with").rglob("*.*"))
    assert written == sorted(
        path.relative_to(tmp_path / "without") for path in (tmp_path / "without").rglob("*.*")
    )
    for path in written:
        whole, keyless = ((tmp_path / side / path).read_text().splitlines() for side in ("with", "without"))
        assert [line for line in whole if "encrypt" not in line and "kms_key_id" not in line] == keyless


def test_the_files_of_an_access_entry_hold_the_role_it_becomes(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, *_ = _commands((ROOT / "docs" / "access.md").read_text())
    for somebody in (operator, operator.with_variables(PATH="")):
        somebody.do(*command)
        text = Path("backends/shared/network/backend.hcl").read_text()
        assert '"external_id" = "acme-prod-network"' in text
        assert "acme-prod-tfstate-access-partner" in text


@pytest.mark.parametrize("pipeline", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_pipelines_find_the_file_that_they_start_by(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "examples" / "ci" / pipeline).read_text()
    command, *_ = _commands(text)
    said = operator.do(*command)
    # The pipeline brings the role's credentials, so the files name no role to become.
    assert "brings credentials of its own" in said.err
    (file,) = re.findall(r"-backend-config=(\S+)", text)
    assert "assume_role" not in Path(file).read_text()


def test_the_guide_to_backend_files_shows_what_the_commands_print(operator: Operator) -> None:
    guide = (ROOT / "docs" / "backend-files.md").read_text()
    shown = re.findall(r"```console\n\$ statectl (.*)\n((?:.*\n)*?)```", guide)
    assert len(shown) == 2
    for command, printed in shown:
        assert operator.do(*shlex.split(command)).out == printed

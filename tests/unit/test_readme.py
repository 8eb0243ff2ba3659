"""The README says what the code does."""

import json
import subprocess
import sys
from pathlib import Path

from blueprint.bucket_policy import state_bucket_policy
from docs.generate import README, generated
from settings.model import Encryption, Lock
from tests.unit.program import ROOT, run_program, stack_config


def test_what_the_code_decides_is_up_to_date() -> None:
    text = README.read_text()
    assert generated(text) == text, "run: python -m docs.generate"


def test_every_statement_of_the_bucket_policy_is_explained() -> None:
    policy = state_bucket_policy("arn:aws:s3:::b", encryption=Encryption.KMS, key_arn="k", lock=Lock.BOTH)
    for statement in policy["Statement"]:
        assert f"| `{statement['Sid']}` |" in README.read_text()


def test_checking_stack_files_prints_what_the_readme_shows() -> None:
    command = [sys.executable, "-m", "settings", "Pulumi.prod.yaml", "Pulumi.staging.yaml"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in printed.splitlines():
        assert f"   {line}\n" in README.read_text()


def test_backend_files_are_written_from_the_stacks_output(tmp_path: Path) -> None:
    outputs = run_program(stack_config("prod"), stack="prod").outputs
    written = _write(json.dumps(outputs["backend_configs"]), str(tmp_path))
    assert written.returncode == 0
    assert len(written.stdout.splitlines()) == len(outputs["backend_configs"])
    text = (tmp_path / "prod" / "network" / "backend.hcl").read_text()
    assert f'kms_key_id          = "{outputs["kms_key_arn"]}"' in text
    assert "use_lockfile        = true" in text


def test_the_files_of_an_access_entry_hold_the_role_it_becomes(tmp_path: Path) -> None:
    outputs = run_program(stack_config("prod"), stack="prod").outputs
    written = _write(json.dumps(outputs["access"]), str(tmp_path), "partner")
    assert written.returncode == 0, written.stderr
    text = (tmp_path / "shared" / "network" / "backend.hcl").read_text()
    assert '"external_id" = "acme-prod-network"' in text


def test_a_wrong_call_for_backend_files_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for stdin, arguments, code in (
        ("not json", [str(tmp_path)], 1),
        ("[1]", [str(tmp_path)], 1),
        ('{"a/b": {}}', [str(tmp_path / "file")], 1),
        ("{}", [str(tmp_path), "partner"], 1),
        ("{}", [], 2),
    ):
        refused = _write(stdin, *arguments)
        assert refused.returncode == code
        assert len(refused.stderr.splitlines()) == code


def _write(stdin: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "blueprint.backend_files", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)

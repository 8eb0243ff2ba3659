"""Real Terraform takes what is written for it, as it is written."""

import json
from pathlib import Path
from typing import Any

import pytest

from blueprint.backend_config import to_hcl
from blueprint.backend_files import write_backend_files
from localcloud.terraform import Workdir
from tests.unit.program import run_program, stack_config

NASTY = {
    "quotes": "say \"hello\" \\ and 'bye'",
    "templates": "${path.module} %{ if true } $${x} $$ %",
    "lines": "one\ntwo\ttabbed\r\n",
    "letters": "schlüssel, λ, 鍵, 🔑",
    "control": "\u0000\u0007\u001f\u007f"[1:],
    "empty": "",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of stack prod: all states plainly, and an entry's with the role it becomes."""
    outputs: dict[str, Any] = run_program(stack_config("prod"), stack="prod").outputs
    folder = tmp_path_factory.mktemp("backends")
    write_backend_files(outputs["backend_configs"], folder / "plain")
    write_backend_files(outputs["access"]["partner"]["backend_configs"], folder / "partner")
    return folder


def test_every_file_is_in_terraforms_own_format(written: Path, tmp_path: Path) -> None:
    assert len(list(written.rglob("*.tf"))) == 16
    checked = Workdir(written, tmp_path, {}).run(["fmt", "-check", "-diff", "-recursive"])
    assert checked.exit_code == 0, checked.stdout


@pytest.mark.parametrize("state", ["plain/prod/network", "partner/shared/network"])
def test_the_blocks_are_a_valid_configuration(written: Path, tmp_path: Path, state: str) -> None:
    terraform = Workdir(written / state, tmp_path, {})
    terraform.do(["init", "-backend=false"])
    finished = terraform.run(["validate"])
    assert finished.exit_code == 0, finished.stdout + finished.stderr


def test_any_value_reaches_terraform_as_it_was(tmp_path: Path) -> None:
    configuration = tmp_path / "configuration"
    configuration.mkdir()
    (configuration / "main.tf").write_text(
        f'locals {{\n{to_hcl(NASTY)}}}\noutput "all" {{\n  value = {{\n'
        + "".join(f"    {name} = local.{name}\n" for name in NASTY)
        + "  }\n}\n"
    )
    terraform = Workdir(configuration, tmp_path / "data", {})
    terraform.do(["init"])
    terraform.do(["apply", "-auto-approve"])
    assert json.loads(terraform.do(["output", "-json", "all"])) == NASTY

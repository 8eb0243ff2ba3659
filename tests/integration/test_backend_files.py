"""Real Terraform takes what is written for it, as it is written."""

import json
import shutil
from pathlib import Path
from typing import Any

import hcl2
import pytest

from blueprint.backend_files import NEWEST_TERRAFORM, backend_files
from blueprint.backend_forms import Form, text_of
from blueprint.hcl import to_hcl
from localcloud.terraform import Workdir
from statectl.backend.writing import write_files
from tests.unit.program import run_program, stack_config

NASTY = {
    "quotes": "say \"hello\" \\ and 'bye'",
    "templates": "${path.module} %{ if true } $${x} $$ %",
    "lines": "one\ntwo\ttabbed\r\n",
    "letters": "schlüssel, λ, 鍵, 🔑",
    "control": "\u0000\u0007\u001f\u007f"[1:],
    "empty": "",
}
FORMATTED = {".hcl": ".tfvars", ".tf": ".tf"}
"""Names under which ``terraform fmt`` looks at a file."""
REMOTE_STATE_SCHEMA = {
    "backend",
    "disable_init",
    "disable_dependency_optimization",
    "generate",
    "config",
    "encryption",
}
"""What Terragrunt takes in the block: https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#remote_state"""


@pytest.fixture(scope="module")
def outputs() -> dict[str, Any]:
    return run_program(stack_config("prod"), stack="prod").outputs


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, outputs: dict[str, Any]) -> Path:
    """The files of stack prod in every form: all states plainly, and an entry's with the role it becomes."""
    folder = tmp_path_factory.mktemp("backends")
    configs = {"plain": outputs["backend_configs"], "partner": outputs["access"]["partner"]["backend_configs"]}
    for name, these in configs.items():
        assert list(write_files(backend_files(these, list(Form)), folder / name, dry_run=False))
    return folder


def test_every_file_is_in_terraforms_own_format(written: Path, tmp_path: Path) -> None:
    for file in written.rglob("*"):
        if file.suffix in FORMATTED:
            copy = tmp_path / "copies" / file.relative_to(written).with_suffix(FORMATTED[file.suffix])
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    assert len(list((tmp_path / "copies").rglob("*.tf*"))) == 8 * 4
    checked = Workdir(tmp_path / "copies", tmp_path / "data", {}).run(["fmt", "-check", "-diff", "-recursive"])
    assert checked.exit_code == 0, checked.stdout


@pytest.mark.parametrize("state", ["plain/prod/network", "partner/shared/network"])
@pytest.mark.parametrize("complete", [Form.TF, Form.JSON])
def test_the_blocks_are_a_valid_configuration(written: Path, tmp_path: Path, state: str, complete: Form) -> None:
    configuration = tmp_path / "configuration"
    configuration.mkdir()
    for form in (complete, Form.REMOTE_STATE):
        shutil.copy(written / state / form.file_name, configuration)
    terraform = Workdir(configuration, tmp_path / "data", {})
    terraform.do(["init", "-backend=false"])
    finished = terraform.run(["validate"])
    assert finished.exit_code == 0, finished.stdout + finished.stderr


def test_a_remote_state_has_a_name_that_terraform_takes(tmp_path: Path) -> None:
    for number, state in enumerate(("2024/web.api", "lab/ä b/c", "_/x")):
        arguments = {"bucket": "b", "key": state, "region": "eu-central-1"}
        text = text_of(Form.REMOTE_STATE, state, arguments, NEWEST_TERRAFORM, workspace="blue")
        (tmp_path / f"{number}.tf").write_text(text)
    terraform = Workdir(tmp_path, tmp_path / "data", {})
    assert terraform.run(["fmt", "-check", "-diff"]).exit_code == 0
    terraform.do(["init"])
    finished = terraform.run(["validate"])
    assert finished.exit_code == 0, finished.stdout + finished.stderr


def test_terragrunt_gets_the_block_that_its_documentation_asks_for(written: Path, outputs: dict[str, Any]) -> None:
    plain = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False, explicit_blocks=False)
    read = hcl2.loads(
        (written / "plain" / "prod" / "network" / Form.TERRAGRUNT.file_name).read_text(),
        serialization_options=plain,
    )
    ((name, (block,)),) = read.items()
    assert name == "remote_state"
    assert set(block) <= REMOTE_STATE_SCHEMA
    assert block["backend"] == "s3"
    assert block["generate"] == {"path": "backend.tf", "if_exists": "overwrite_terragrunt"}
    # Terragrunt keeps this one to itself and hands the others on.
    assert block["config"].pop("disable_bucket_update") is True
    assert block["config"] == outputs["backend_configs"]["prod/network"]


def test_any_value_reaches_terraform_as_it_was(tmp_path: Path) -> None:
    configuration = tmp_path / "configuration"
    configuration.mkdir()
    nested = {**NASTY, "nested": {"a/b ${x}": NASTY, "list": list(NASTY.values()), "none": {}}}
    (configuration / "main.tf").write_text(
        f'locals {{\n{to_hcl(nested)}}}\noutput "all" {{\n  value = {{\n'
        + "".join(f"    {name} = local.{name}\n" for name in nested)
        + "  }\n}\n"
    )
    terraform = Workdir(configuration, tmp_path / "data", {})
    terraform.do(["init"])
    terraform.do(["apply", "-auto-approve"])
    assert json.loads(terraform.do(["output", "-json", "all"])) == nested

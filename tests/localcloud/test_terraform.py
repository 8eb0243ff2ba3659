"""Terraform out of a wheel behaves as the command does."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud import terraform
from localcloud.failure import Failure
from localcloud.terraform import Workdir

CONFIGURATION = """
variable "name" { type = string }
resource "terraform_data" "it" { input = var.name }
output "name" { value = terraform_data.it.output }
"""


@pytest.fixture
def workdir(tmp_path: Path) -> Workdir:
    folder = tmp_path / "configuration"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION)
    here = Workdir(folder, tmp_path / "data", {})
    here.do(["init"])
    return here


def test_exit_codes_are_terraforms(workdir: Workdir) -> None:
    plan = ["plan", "-detailed-exitcode", "-var=name=a"]
    assert workdir.run(plan).exit_code == 2
    workdir.do(["apply", "-auto-approve", "-var=name=a"])
    assert workdir.run(plan).exit_code == 0
    refused = workdir.run(["plan"])
    assert refused.exit_code == 1
    assert "No value for required variable" in refused.stderr
    assert workdir.outputs() == {"name": "a"}


def test_a_failing_command_raises_with_terraforms_words(workdir: Workdir) -> None:
    with pytest.raises(Failure, match="terraform plan of configuration failed") as caught:
        workdir.do(["plan"])
    assert "No value for required variable" in caught.value.details


def test_one_configuration_serves_several_states_at_once(workdir: Workdir, tmp_path: Path) -> None:
    def apply(name: str) -> str:
        here = Workdir(workdir.configuration, tmp_path / name, {})
        where = f"-state={tmp_path / name}.tfstate"
        here.do(["init"])
        here.do(["apply", "-auto-approve", where, f"-var=name={name}"])
        return str(json.loads((tmp_path / f"{name}.tfstate").read_text())["outputs"]["name"]["value"])

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(apply, ["one", "two", "three"])) == ["one", "two", "three"]


def test_nothing_of_the_users_settings_reaches_it(workdir: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_ARGS", "-bogus")
    monkeypatch.setenv("TF_WORKSPACE", "other")
    assert workdir.do(["workspace", "show"]).strip() == "default"


def test_the_installed_command_works_from_anywhere(tmp_path: Path) -> None:
    terraform.install(tmp_path)
    said = subprocess.check_output([tmp_path / "terraform", "version"], cwd=os.sep, text=True)
    assert said.startswith(f"Terraform v{terraform.version()}\n")

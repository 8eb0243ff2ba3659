"""The files that a platform team starts from."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from settings.model import Lock, Settings
from settings.stack_file import load_stack_file
from tests.unit.program import ROOT


def test_prod_uses_everything() -> None:
    settings = load_stack_file(ROOT / "Pulumi.prod.yaml")
    assert settings.replica_region
    assert settings.lock is Lock.BOTH
    assert settings.access_logs
    assert settings.noncurrent_transition
    assert settings.account_public_access_block
    assert settings.protect
    assert len(settings.states) > 1
    assert all(len(services) > 1 for services in settings.states.values())


def test_staging_is_one_region_and_the_lockfile_alone() -> None:
    settings = load_stack_file(ROOT / "Pulumi.staging.yaml")
    assert settings.replica_region is None
    assert settings.lock is Lock.LOCKFILE
    assert settings.protect


def test_data_may_go_only_on_the_emulated_account() -> None:
    stacks = {path.stem.removeprefix("Pulumi."): load_stack_file(path) for path in ROOT.glob("Pulumi.*.yaml")}
    assert {name for name, settings in stacks.items() if not settings.protect} == {"local"}
    assert stacks["local"].account_id == "000000000000"


def test_every_stack_file_guards_refresh_and_destroy_too() -> None:
    for path in ROOT.glob("Pulumi.*.yaml"):
        config = yaml.safe_load(path.read_text())["config"]
        assert config["aws:allowedAccountIds"] == [load_stack_file(path).account_id], path.name


def test_the_types_and_defaults_that_pulumi_checks_are_those_of_the_model() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    fields = {field.alias: field for field in Settings.model_fields.values() if field.alias != "region"}
    assert set(declared) == set(fields)
    for key, entry in declared.items():
        default = fields[key].get_default(call_default_factory=True, validated_data={})
        if fields[key].is_required() or default is None:
            assert entry["default"] in ("", {}), key
        else:
            assert entry["default"] == (list(default) if isinstance(default, tuple) else default), key


def test_a_stack_file_is_checked_without_an_engine(tmp_path: Path) -> None:
    def check(*files: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "settings", *map(str, files)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    fine = check(ROOT / "Pulumi.prod.yaml")
    assert (fine.returncode, fine.stderr) == (0, "")
    assert "fine (7 states, account 111111111111" in fine.stdout

    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    broken = tmp_path / "Pulumi.dev.yaml"
    broken.write_text("config:\n  state-backend:lock: never\n")
    refused = check(broken)
    assert refused.returncode == 1
    assert 'lock = "never"' in refused.stderr
    assert "namePrefix: is missing" in refused.stderr
    assert "Traceback" not in refused.stderr

    assert check().returncode == 2


@pytest.mark.parametrize("content", ["config: [", "- a list", "config:\n"])
def test_a_stack_file_that_is_no_configuration_is_a_report_and_no_traceback(tmp_path: Path, content: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (tmp_path / "Pulumi.dev.yaml").write_text(content)
    command = [sys.executable, "-m", "settings", str(tmp_path / "Pulumi.dev.yaml")]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr

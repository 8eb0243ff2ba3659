"""Without the second evaluator the proof fails, in one line that says so."""

import subprocess
from pathlib import Path

import pytest

from tests.proof import environment


def test_an_environment_that_cannot_be_installed_is_one_line_and_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        said = "WARNING: retrying\nERROR: No matching distribution found" if "pip" in command else ""
        return subprocess.CompletedProcess(command, int(bool(said)), "", said)

    monkeypatch.setattr(environment, "LOCAL", tmp_path)
    monkeypatch.setattr(subprocess, "run", unreachable)
    with pytest.raises(environment.EnvironmentMissingError) as refused:
        environment.python()
    assert "No matching distribution found" in str(refused.value)
    assert "without it nothing is proved" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "proof" / "installed").exists()

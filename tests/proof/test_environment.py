"""Without the second evaluator the proof fails, in one line that says so."""

from pathlib import Path

import pytest

from tests.proof import environment


def test_an_environment_that_cannot_be_installed_is_one_line_and_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(environment.EnvironmentMissingError) as refused:
        environment.python(folder=tmp_path)
    assert "could not be fetched" in str(refused.value)
    assert "nothing is proved" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "evaluator" / "installed").exists()

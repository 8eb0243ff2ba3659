"""Setting up: one line when it cannot be done."""

import sys
from pathlib import Path

import pytest

from localcloud import venv


def test_a_python_too_old_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(venv, "PYTHON", (3, 99))
    assert venv.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"Python 3.99 or later is needed, this is {sys.version.split()[0]}")
    assert said.count("\n") == 1


def test_no_network_is_one_line_at_the_end_and_the_next_try_starts_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(venv, "VENV", tmp_path / "venv")
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    assert venv.main() == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "The packages could not be fetched: mend the network, or name a mirror in PIP_INDEX_URL."
    assert not (tmp_path / "venv" / "installed").exists()

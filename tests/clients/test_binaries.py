"""A client that cannot be built is one line with the way out, and never half of one."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from docs.client_behaviour import Tried
from localcloud.failure import Failure
from localcloud.steps import Steps
from tests.clients.binaries import MODULES, program

GO = shutil.which("go")
QUIET = Steps(Console(file=StringIO()))


@pytest.mark.parametrize("tried", MODULES)
def test_without_go_and_network_it_says_which_client_and_what_to_install(
    tried: Tried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(Failure, match=f"^To build {tried} there is no Go: install .*go.dev.*$"):
        program(tried, QUIET, folder=tmp_path / "clients", go_folder=tmp_path / "go")
    assert not list((tmp_path / "clients").glob("*.built"))


@pytest.mark.skipif(GO is None, reason="no Go on this machine")
def test_without_a_module_proxy_it_says_which_client_and_what_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    with pytest.raises(Failure, match=r"^OpenTofu 1\.11\.0 could not be built, .*GOPROXY.*$"):
        program(Tried.OPENTOFU, QUIET, folder=tmp_path / "clients", go_folder=tmp_path / "go")
    assert not list((tmp_path / "clients").glob("*.built"))


def test_what_was_built_from_other_pins_is_not_taken_for_the_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = tmp_path / "clients"
    folder.mkdir()
    (folder / "opentofu-1.11.0").write_text("#!/bin/sh\n")
    (folder / "opentofu-1.11.0.built").write_text("another recipe")
    with pytest.raises(Failure):
        program(Tried.OPENTOFU, QUIET, folder=folder, go_folder=tmp_path / "go")

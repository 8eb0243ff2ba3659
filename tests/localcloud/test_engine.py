"""The Pulumi engine: found, or one clear line; never half of one."""

import shutil
from pathlib import Path

import pytest

from localcloud import engine as module
from localcloud.engine import NO_GO, NO_MODULES, Engine
from localcloud.failure import Failure

GO = shutil.which("go")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine with no Pulumi, no Go and no network."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return monkeypatch


def make_engine(folder: Path) -> None:
    for name in (module.CLI, module.LANGUAGE_HOST, module.LAUNCHER):
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / name).write_text("#!/bin/sh\n")


@pytest.mark.usefixtures("offline")
def test_no_go_and_no_network_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        Engine.obtain(folder=tmp_path / "engine", home=tmp_path / "home")
    assert str(caught.value) == NO_GO
    assert "\n" not in NO_GO
    assert "go.dev" in NO_GO


def test_go_without_a_module_proxy_is_one_line_with_the_way_out(
    tmp_path: Path, offline: pytest.MonkeyPatch
) -> None:
    if GO is None:
        pytest.skip("no Go on this machine")
    offline.setenv("PATH", str(Path(GO).parent))
    offline.setenv("GOPROXY", "off")
    offline.setenv("GOMODCACHE", str(tmp_path / "modules"))
    with pytest.raises(Failure) as caught:
        Engine.obtain(folder=tmp_path / "engine", home=tmp_path / "home")
    assert str(caught.value) == NO_MODULES
    assert "\n" not in NO_MODULES


@pytest.mark.usefixtures("offline")
def test_a_half_made_engine_is_not_taken_for_an_engine(tmp_path: Path) -> None:
    make_engine(tmp_path / "engine" / "built")
    with pytest.raises(Failure):
        Engine.obtain(folder=tmp_path / "engine", home=tmp_path / "home")


@pytest.mark.usefixtures("offline")
def test_a_finished_engine_is_used_again_without_network(tmp_path: Path) -> None:
    built = tmp_path / "engine" / "built"
    make_engine(built)
    module.finish(built, "3.0.0")
    assert Engine.obtain(folder=tmp_path / "engine", home=tmp_path / "home").bin == built / "bin"


@pytest.mark.usefixtures("offline")
def test_an_engine_of_other_versions_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = tmp_path / "engine" / "built"
    make_engine(built)
    module.finish(built, "3.0.0")
    monkeypatch.setattr(module, "CLI_VERSION", "3.999.0")
    with pytest.raises(Failure):
        Engine.obtain(folder=tmp_path / "engine", home=tmp_path / "home")


def test_the_engine_keeps_out_of_the_users_own_pulumi(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "theirs")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.invalid")
    env = engine.environment(tmp_path / "state")
    assert "PULUMI_ACCESS_TOKEN" not in env
    said = engine.run(["whoami", "--verbose"], cwd=tmp_path, env=env)
    assert said.exit_code == 0, said.stderr
    assert (tmp_path / "state").as_uri() in said.stdout

"""`make local` as a whole: what it shows, what it leaves, and what becomes of it when it is broken off."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import paths
from localcloud.engine import Engine
from localcloud.kept_emulator import KeptEmulator
from localcloud.process_birth import birth

PROJECT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 60.0
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes by Linux's /proc")


class Local:
    """A local run of its own: another folder than the developer's, the same engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "engine").symlink_to(paths.ENGINE)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "localcloud", *arguments],
            cwd=PROJECT,
            env={**os.environ, "LOCAL_DIR": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=DEADLINE_SECONDS)
        return process.returncode, said

    def left_running(self) -> list[int]:
        """Every process that was given this folder in its environment, directly or by its parents."""
        mark = f"LOCAL_DIR={self.folder}\0".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes() and birth(int(entry.name)):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def nothing_is_left(self, seconds: float = 15.0) -> bool:
        deadline = time.monotonic() + seconds
        while self.left_running() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.left_running()


@pytest.fixture
def local(tmp_path: Path, engine: Engine) -> Iterator[Local]:
    assert engine.bin.is_dir()
    run = Local(tmp_path / "local")
    yield run
    for pid in run.left_running():
        os.kill(pid, signal.SIGKILL)


def test_the_whole_way_and_a_second_run_that_changes_nothing(local: Local) -> None:
    code, first = local.run("up")
    assert code == 0, first
    assert re.search(r"pulumi up .* \d+ created", first)
    assert re.search(r"terraform apply .* 9 states by 3 roles: \d+ added", first)
    assert "prod/network: 403 to acme-tfstate-access-dev, the role of dev" in first
    assert re.search(r"the second is refused, the lock is held by \S+@\S+", first)
    assert re.search(r"A crashed apply .* its lock stays: [0-9a-f-]{36}, held by \S+@\S+", first)
    assert "dev/network can be applied again" in first
    assert len(re.findall(r"\w+/(?:network|database|compute) .* lockfile and table .* yes, eu-west-1", first)) == 9
    assert local.left_running() == []

    code, second = local.run("up")
    assert code == 0, second
    assert re.search(r"pulumi up .* no changes", second)
    assert re.search(r"terraform apply .* 9 states by 3 roles: no changes", second)
    assert "made anew" not in second
    assert local.left_running() == []


def test_broken_off_at_any_step_nothing_is_left_and_the_next_run_works(local: Local) -> None:
    for number, step, seconds in (
        (signal.SIGTERM, "Tools", 0.1),  # as the emulator starts
        (signal.SIGINT, "Emulated AWS", 2.0),  # in the middle of `pulumi up`
        (signal.SIGKILL, "pulumi up", 0.9),  # in the middle of Terraform's applies
        (signal.SIGKILL, "Another's state", 0.3),  # while two applies are at it
    ):
        process = local.start("up")
        assert process.stdout
        for line in process.stdout:
            if line.startswith(step):
                break
        time.sleep(seconds)
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait(DEADLINE_SECONDS) == {signal.SIGINT: 130, signal.SIGTERM: 143}.get(number, -number)
        if number != signal.SIGKILL:
            assert local.left_running() == [], f"left by {number.name} after {step}"
        # After SIGKILL the next run waits by itself until the rest has ended.
    code, said = local.run("up")
    assert code == 0, said
    assert "did not end in order: its emulated AWS is made anew" in said
    assert local.nothing_is_left(0)


def test_killed_without_a_word_all_that_it_started_ends(local: Local) -> None:
    process = local.start("up")
    assert process.stdout
    next(line for line in process.stdout if line.startswith("Emulated AWS"))
    time.sleep(1.0)
    assert len(local.left_running()) > 2
    process.kill()
    process.wait()
    assert local.nothing_is_left(), local.left_running()


def test_kept_it_runs_until_it_is_ended_and_keeps_its_data(local: Local) -> None:
    code, said = local.run("up", "--keep")
    assert code == 0, said
    assert local.left_running() != []
    environment = (local.folder / "environment").read_text()
    assert environment in said
    shell = ["sh", "-c", f". {local.folder}/environment && pulumi stack ls --json && terraform version"]
    used = subprocess.run(shell, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert '"local"' in used.stdout
    by_hand = "\n".join(line for line in said.splitlines() if line.startswith("    "))
    for line in ("pulumi up -s local", "boto3.client", "AWS_ACCESS_KEY_ID=999999999901 terraform"):
        assert line in by_hand
    shell = ["sh", "-ec", by_hand.replace("pulumi up -s local", "pulumi preview -s local")]
    used = subprocess.run(shell, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert used.returncode == 0, used.stdout + used.stderr
    assert "No changes" in used.stdout
    code, said = local.run("down")
    assert code == 0, said
    assert local.left_running() == []
    assert local.run("down")[1] == "Nothing is running.\n"
    code, said = local.run("up")
    assert re.search(r"pulumi up .* no changes", said), said


def test_a_second_run_at_the_same_time_is_refused_in_one_line(local: Local) -> None:
    first = local.start("up")
    assert first.stdout
    next(line for line in first.stdout if line.startswith("Tools"))
    code, said = local.run("up")
    assert code == 1
    assert said == "Another `make local` is running in this folder: wait for it, or stop it.\n"
    first.terminate()
    first.communicate(timeout=DEADLINE_SECONDS)


def test_another_process_with_the_recorded_id_is_let_live(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        KeptEmulator(bystander.pid, "an earlier birth", 4566).write(tmp_path / "kept.json")
        kept = KeptEmulator.read(tmp_path / "kept.json")
        assert kept is not None
        assert kept.stop() is False
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()

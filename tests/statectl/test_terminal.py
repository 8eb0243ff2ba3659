"""What somebody at a terminal sees: a question before what cannot be taken back, and how far it is."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from localcloud import environment
from localcloud.paths import PROJECT
from statefile.keys import lockfile_key
from tests.statectl.stack import Stack

KEY = "dev/terminal/terraform.tfstate"
PATIENCE_SECONDS = 60.0


@pytest.fixture
def locked(both: Stack) -> Stack:
    """A stack with a lock that somebody left."""
    both.s3().put_object(Bucket=both.bucket, Key=lockfile_key(KEY), Body=b'{"ID":"left"}')
    return both


def at_terminal(stack: Stack, arguments: Sequence[str], answer: str) -> tuple[int, str]:
    """Run a command at a terminal and answer its question; its exit code and all that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "statectl", *arguments],
        cwd=PROJECT,
        env={**environment.clean(), **stack.operator().environment, "TERM": "xterm", "COLUMNS": "200"},
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown, answered, deadline = b"", False, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 4096)
            except OSError:
                break
        if b"[y/N]" in shown and not answered:
            os.write(ours, f"{answer}\n".encode())
            answered = True
    os.close(ours)
    return process.wait(PATIENCE_SECONDS), shown.decode()


def test_a_lock_is_broken_after_a_yes_and_not_after_anything_else(locked: Stack) -> None:
    breaking = ["locks", "break", KEY, "left", "--reason", "test"]
    for answer in ("n", "", "yep"):
        code, shown = at_terminal(locked, breaking, answer)
        assert code == 1
        assert f"Break the lock left of {KEY}" in shown
        assert "nothing was changed" in shown
    assert len(locked.operator().json("locks", "ls", "dev/terminal")) == 1
    code, _ = at_terminal(locked, breaking, "y")
    assert code == 0
    assert locked.operator().json("locks", "ls", "dev/terminal") == []


def test_a_bar_shows_how_far_it_is_at_a_terminal_and_nowhere_else(both: Stack) -> None:
    code, shown = at_terminal(both, ["states", "ls", "--json"], "")
    assert code in {0, 3}
    assert "states" in shown
    assert "━" in shown
    assert "━" not in both.operator().run("states", "ls").err

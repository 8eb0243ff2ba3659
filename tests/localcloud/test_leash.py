"""What is run on a leash never outlives the one who runs it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from localcloud import leash
from localcloud.leash import Leashed
from localcloud.leash_wrapper import processes

PROJECT = Path(__file__).resolve().parents[2]

# A child that ignores the polite signals, and a grandchild that left for a session of its own.
STUBBORN = "trap '' INT TERM; setsid sleep 600 & echo $$ $!; sleep 600 & wait; wait"

PARENT = """
import signal, subprocess, sys
from localcloud.leash import Leashed
# A shell that started the tests in the background has left SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
leashed = Leashed.start(["sh", "-c", sys.argv[1]], stdout=subprocess.PIPE, grace=0.5)
print(leashed.pid, leashed.process.stdout.readline().decode().strip(), flush=True)
leashed.wait()
"""


def running(pids: Iterable[int]) -> set[int]:
    table = processes()
    return {pid for pid in pids if pid in table and table[pid][1] != "Z"}


def ended(pids: Iterable[int], seconds: float = 8.0) -> bool:
    pids, deadline = list(pids), time.monotonic() + seconds
    while running(pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not running(pids)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_child_and_grandchild_end_with_the_parent(number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, STUBBORN], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(running(pids)) == 3
    parent.send_signal(number)
    parent.wait(timeout=30)
    assert ended(pids), f"left running: {running(pids)}"


def test_the_command_hears_of_it_when_its_wrapper_is_killed() -> None:
    with Leashed.start(["sleep", "600"]) as leashed:
        time.sleep(0.3)
        [child] = [pid for pid, (parent, _) in processes().items() if parent == leashed.pid]
        os.kill(leashed.pid, signal.SIGKILL)
        assert ended([child])


def test_output_and_exit_code_pass_through() -> None:
    finished = leash.run(["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (finished.exit_code, finished.stdout, finished.stderr) == (7, "out\n", "err\n")


def test_the_signal_that_ended_the_command_passes_through() -> None:
    assert leash.run(["sh", "-c", "kill -SEGV $$"]).exit_code == -signal.SIGSEGV


def test_what_a_finished_command_left_behind_is_ended() -> None:
    finished = leash.run(["sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!"])
    assert ended([int(finished.stdout)], seconds=0.5)


def test_a_command_that_asks_to_finish_its_work_gets_the_time() -> None:
    tidy = "trap 'sleep 0.3; echo saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    leashed = Leashed.start(["sh", "-c", tidy], stdout=subprocess.PIPE, farewell=signal.SIGTERM)
    assert leashed.process.stdout
    assert leashed.process.stdout.readline() == b"ready\n"
    assert leashed.stop() == 0
    assert leashed.process.stdout.read() == b"saved\n"


def test_a_command_let_go_outlives_its_starter() -> None:
    program = (
        "from localcloud.leash import Leashed\n"
        "with Leashed.start(['sleep', '600'], stdout=-3, stderr=-3) as leashed:\n"
        "    print(leashed.pid)\n"
        "    leashed.let_go()"
    )
    wrapper = int(subprocess.check_output([sys.executable, "-c", program], cwd=PROJECT))
    time.sleep(0.5)
    assert running([wrapper])
    os.kill(wrapper, signal.SIGTERM)
    assert ended([wrapper])


def test_a_command_that_is_not_there_says_so() -> None:
    finished = leash.run(["no-such-command"])
    assert finished.exit_code == 127
    assert "no-such-command" in finished.stderr

"""A failover or failback that is killed at any call leaves one region or none that writes, and is resumed."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence

import pytest

from blueprint.standby import Home
from settings.model import Lock
from statectl.exit_code import ExitCode
from tests.faults.call import Call
from tests.faults.proxy import Proxy
from tests.statectl.failover.acts import put, writes
from tests.statectl.failover.regions import Regions
from tests.statectl.regions import state

EVERY = {"few": 29, "all": 1}
"""Of how many calls one is killed at."""


def killed_at(regions: Regions, number: int, command: Sequence[str]) -> bool:
    """Run a command that is killed before its so-manieth call; whether it came so far."""
    seen = 0
    victim: list[subprocess.Popen[str]] = []

    def kill(_: Call) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(victim[0].pid, signal.SIGKILL)

    with Proxy(regions.deployment.emulator, rule=kill) as proxy:
        operator = regions.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint)
        victim.append(operator.start(*command, "--yes"))
        _, said = victim[0].communicate(timeout=120)
    killed = victim[0].returncode == -signal.SIGKILL
    assert killed or victim[0].returncode == ExitCode.FINE, said
    return killed


def go_on(regions: Regions, command: str) -> None:
    """Do what the refusal of a new run says."""
    operator = regions.operator()
    said = operator.run(command, "start", "--yes")
    if said.code == ExitCode.FINE:
        return
    assert said.code == ExitCode.LOCKED, said
    operator.do(command, "start", "--resume", said.err.strip().rstrip(".").rsplit(" ", 1)[1], "--yes")


@pytest.mark.parametrize("command", ["failover", "failback"])
def test_a_killed_run_leaves_one_writer_region_at_most_and_is_resumed(
    regions_of: Callable[[Lock], Regions], lock: Lock, command: str, request: pytest.FixtureRequest
) -> None:
    regions = regions_of(lock)
    target = Home.SECOND if command == "failover" else Home.FIRST
    for number in range(1, 200, EVERY["all" if request.config.getoption("--soak") else "few"]):
        regions.clear()
        put(regions, Home.FIRST, state(4))
        if command == "failback":
            regions.operator().do("failover", "start", "--yes")
            put(regions, Home.SECOND, state(5))
        if not killed_at(regions, number, [command, "start"]):
            break
        newest = regions.body(target.other)
        open_in = [home for home in Home if writes(regions, home)]
        assert len(open_in) <= 1, f"killed at call {number}"
        if open_in:
            put(regions, open_in[0], newest or b"")
        go_on(regions, command)
        assert regions.body(target) == newest
        assert writes(regions, target)
        assert not writes(regions, target.other)
        assert regions.operator().run("failover", "status").code == ExitCode.FINE
    else:
        raise AssertionError("the command never came to its end")
    assert number > 1

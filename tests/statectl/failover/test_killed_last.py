"""A run that is killed once writers may work where their states went: what they write meanwhile stays."""

import os
import signal
import subprocess

import pytest

from blueprint.standby import Home
from statectl.failover.record import RECORD_KEY, Direction, parse_record
from tests.faults.call import Call
from tests.faults.fault import Break, Fault
from tests.faults.proxy import Proxy
from tests.faults.slow_replication import SlowReplication
from tests.statectl.failover.acts import put
from tests.statectl.failover.regions import KEY, Regions
from tests.statectl.regions import state

FIRST, SECOND = Home.FIRST, Home.SECOND
OTHERS = {"prod/database/terraform.tfstate", "dev/network/terraform.tfstate"}
"""What the stack expects besides; a failover holds their locks too."""


def die_at_the_end(regions: Regions, *command: str) -> str:
    """Run a command until it would write down that it is done, and kill it there; the id of its run."""
    victim: list[subprocess.Popen[str]] = []

    def kill(call: Call) -> Fault | None:
        if call.operation != "PUT" or not call.path.endswith(RECORD_KEY) or b'"run": null' not in call.body:
            return None
        os.kill(victim[0].pid, signal.SIGKILL)
        return Break.BEFORE

    with Proxy(regions.deployment.emulator, rule=kill) as proxy:
        operator = regions.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint)
        victim.append(operator.start(*command, "--yes", "--json"))
        _, said = victim[0].communicate(timeout=60)
    assert victim[0].returncode == -signal.SIGKILL, said
    text = regions.body(SECOND, RECORD_KEY)
    assert text is not None
    run = parse_record(text).run
    assert run is not None
    return run.id


@pytest.mark.parametrize("direction", list(Direction))
def test_work_that_was_done_before_it_goes_on_is_kept(regions: Regions, direction: Direction) -> None:
    put(regions, FIRST, state(4))
    over = direction is Direction.OVER
    source, target = (FIRST, SECOND) if over else (SECOND, FIRST)
    operator = regions.operator()
    if not over:
        operator.do("failover", "start", "--yes")
    with SlowReplication(regions.deployment.emulator, regions.bucket(FIRST)):
        run = die_at_the_end(regions, direction, "start")
        written = state(5, content="meanwhile")
        pipeline = regions.client("s3", target, "pipeline")
        pipeline.put_object(Bucket=regions.bucket(target), Key=KEY, Body=written)
        operator.do(direction, "start", "--resume", run, "--yes")
        assert regions.body(target, KEY) == written
    rows = {row["key"]: row["region"] for row in operator.json("failover", "status")}
    assert rows[KEY] == regions.region(target)
    refused = regions.client("s3", source, "pipeline")
    with pytest.raises(refused.exceptions.ClientError):
        refused.put_object(Bucket=regions.bucket(source), Key=KEY, Body=state(6))
    assert {one["key"] for one in operator.json("locks", "ls")} == ({KEY, *OTHERS} if over else set())

"""What a failover costs: AWS calls against the least possible, seconds where each call takes 20 ms, and memory."""

import json
import math
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from blueprint.standby import Home
from localcloud import environment
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.paths import PROJECT
from settings.model import Lock
from tests.bench.statectl_cost import PAGE, WITH_MEMORY
from tests.faults.call import Call
from tests.faults.proxy import Proxy
from tests.statectl.failover.regions import Regions

CALL_SECONDS = 0.02
EXPECTED = 3
"""States that the stack expects and nobody has written: they are held and remembered too."""


@dataclass(frozen=True, kw_only=True)
class MoveCost:
    """One command on so many states.

    :param command: what was called.
    :param states: how many there are.
    :param calls: AWS calls that it made.
    :param least: the least possible.
    :param seconds: its time, where each call takes :data:`CALL_SECONDS` besides.
    :param megabytes: its peak.
    """

    command: str
    states: int
    calls: int
    least: int
    seconds: float
    megabytes: float


def measure(states: int, tell: Callable[[str], None]) -> Iterator[MoveCost]:
    """Plan and start of a failover, and of the failback after it, on a backend of this size."""
    with _regions(states, tell) as regions:
        pages = math.ceil(states / PAGE)
        listings = 2 * pages + 2
        # Of each state: read it on both sides; hold two locks; write its digest and read that back.
        yield _cost(regions, ["failover", "plan"], states, least=listings + 2 * states)
        # The region that states leave is listed again once it is closed. The emulated AWS replicates at once, so
        # that the lockfiles that are held come along before the fence, and are read and freed: two calls more.
        again = pages + 1
        yield _cost(regions, ["failover", "start", "--yes"], states, least=listings + again + 6 * states)
        # A lockfile is read before it counts as a failover's own.
        yield _cost(regions, ["failback", "plan"], states, least=listings + 3 * states)
        # As there; besides, the locks of both regions are freed.
        yield _cost(regions, ["failback", "start", "--yes"], states, least=listings + again + 11 * states)


def _cost(regions: Regions, command: Sequence[str], states: int, *, least: int) -> MoveCost:
    def wait(_: Call) -> None:
        time.sleep(CALL_SECONDS)

    with Proxy(regions.deployment.emulator, rule=wait) as proxy:
        start = time.perf_counter()
        megabytes = _run(regions, command, proxy.endpoint)
        seconds = time.perf_counter() - start
        calls = len(proxy.answered)
    name = " ".join(word for word in command if not word.startswith("-"))
    return MoveCost(command=name, states=states, calls=calls, least=least, seconds=seconds, megabytes=megabytes)


def _run(regions: Regions, command: Sequence[str], endpoint: str) -> float:
    """Run the command to its end; its peak in megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", WITH_MEMORY, *command],
        cwd=PROJECT,
        env={**environment.clean(), **regions.operator().environment, "AWS_ENDPOINT_URL": endpoint},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"statectl {' '.join(command)}: {done.stderr}")
    return int(done.stderr.strip().splitlines()[-1]) * 1024 / 1e6


@contextmanager
def _regions(states: int, tell: Callable[[str], None]) -> Iterator[Regions]:
    """Two regions with so many states; policies are not enforced, as for the other figures."""
    with tempfile.TemporaryDirectory() as name, Emulator.start(Path(name) / "emulator", auth=False) as emulator:
        folder = Path(name) / "stack"
        folder.mkdir()
        tell("pulumi up")
        regions = Regions.deployed(Lock.BOTH, folder, Engine.obtain(), emulator)
        s3, bucket = regions.s3(Home.FIRST), regions.bucket(Home.FIRST)

        def write(number: int) -> None:
            whole = {
                "version": 4,
                "terraform_version": "1.15.5",
                "serial": 4,
                "lineage": str(uuid.UUID(int=number)),
            }
            body = json.dumps({**whole, "outputs": {}, "resources": []}).encode()
            s3.put_object(Bucket=bucket, Key=f"prod/service-{number:05}/terraform.tfstate", Body=body)

        tell(f"writing {states:,} states")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(states)))
        tell("measuring")
        yield regions

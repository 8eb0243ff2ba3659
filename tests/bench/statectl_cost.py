"""What ``statectl`` costs on a large backend, beside the AWS CLI in a loop on the same one."""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud import environment
from localcloud.emulator import client_environment
from localcloud.paths import PROJECT
from localcloud.steps import Steps
from tests import tools
from tests.bench.filled_backend import BUCKET, REGION, TABLE, FilledBackend, key_of
from tests.faults.proxy import Proxy

REQUIREMENTS = Path(__file__).with_name("requirements-aws.txt")
PAGE = 1000
"""Keys or versions that S3 tells at once."""
SAMPLE = 20
"""Calls of the AWS CLI that are measured where a loop would make thousands; the rest is taken to last as long."""
RUNS = 9
# Linux hands a process the peak of the one that started it (getrusage), but counts VmHWM anew.
WITH_MEMORY = """
import sys
from statectl.__main__ import main
code = main(sys.argv[1:])
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1], file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True, kw_only=True)
class CommandCost:
    """One command on the large backend.

    :param command: what was called.
    :param calls: AWS calls that it made.
    :param least: the least possible: one a page of a listing or scan, one for each object whose inside is asked
        for.
    :param seconds: its time.
    :param loop_seconds: the time of the AWS CLI in a loop for the same; measured in part where it is long.
    :param megabytes: its peak.
    """

    command: str
    calls: int
    least: int
    seconds: float
    loop_seconds: float
    megabytes: float


@dataclass(frozen=True, kw_only=True)
class StartCost:
    """The start of the command beside importing boto3; medians, in seconds."""

    help: float
    boto3: float


def measure_start() -> StartCost:
    """``statectl --help`` and ``import boto3`` in turn."""
    helps, imports = [], []
    for _ in range(RUNS):
        helps.append(_seconds([str(Path(sys.executable).with_name("statectl")), "--help"], {}))
        imports.append(_seconds([sys.executable, "-c", "import boto3"], {}))
    return StartCost(help=statistics.median(helps), boto3=statistics.median(imports))


def measure(backend: FilledBackend) -> list[CommandCost]:
    """The commands that look at all of it, and one that looks at a single state."""
    size, loop = backend.size, _Loop(backend)
    keys, scans = math.ceil((size.states + size.locks) / PAGE), loop.scan_pages
    versions = math.ceil((size.states * size.versions + size.locks) / PAGE)
    listing, scan = (
        loop.seconds("s3api", "list-objects-v2", "--bucket", BUCKET),
        loop.seconds("dynamodb", "scan", "--table-name", TABLE),
    )
    read = loop.per_read
    return [
        _cost(
            backend,
            ["states", "ls", "--json"],
            least=keys + scans + size.states,
            loop_seconds=listing + scan + size.states * read,
        ),
        _cost(
            backend,
            ["locks", "ls", "--json"],
            least=keys + scans + size.locks,
            loop_seconds=listing + scan + size.locks * read,
        ),
        _cost(
            backend,
            ["recover"],
            least=keys + scans + size.states + versions,
            loop_seconds=listing
            + scan
            + size.states * read
            + loop.seconds("s3api", "list-object-versions", "--bucket", BUCKET),
        ),
        _cost(
            backend,
            ["versions", "ls", key_of(1), "--json"],
            least=1 + size.versions,
            loop_seconds=loop.seconds("s3api", "list-object-versions", "--bucket", BUCKET, "--prefix", key_of(1))
            + size.versions * read,
        ),
        _cost(
            backend,
            ["locks", "show", key_of(0), "--json"],
            least=2,
            loop_seconds=read + loop.seconds("dynamodb", "get-item", "--table-name", TABLE, "--key", loop.lock(0)),
        ),
    ]


def _cost(backend: FilledBackend, command: Sequence[str], *, least: int, loop_seconds: float) -> CommandCost:
    with Proxy(backend.emulator) as proxy:
        _run(backend, command, proxy.endpoint)
        calls = len(proxy.answered)
    start = time.perf_counter()
    megabytes = _run(backend, command, backend.emulator.endpoint)
    seconds = time.perf_counter() - start
    return CommandCost(
        command=" ".join(command),
        calls=calls,
        least=least,
        seconds=seconds,
        loop_seconds=loop_seconds,
        megabytes=megabytes,
    )


def _run(backend: FilledBackend, command: Sequence[str], endpoint: str) -> float:
    """Run the command to its end; its peak in megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", WITH_MEMORY, *command, *backend.arguments],
        cwd=PROJECT,
        env={**environment.clean(), **client_environment(endpoint, backend.emulator.ca_bundle)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    # 4: `locks show` says that it is locked.
    if done.returncode not in {0, 4}:
        raise RuntimeError(f"statectl {' '.join(command)}: {done.stderr}")
    return int(done.stderr.strip().splitlines()[-1]) * 1024 / 1e6


class _Loop:
    """The AWS CLI, a process for each call."""

    def __init__(self, backend: FilledBackend) -> None:
        self._backend = backend
        self._aws = tools.obtain(REQUIREMENTS, Steps()) / "aws"
        items = self._said("dynamodb", "scan", "--table-name", TABLE, "--query", "length(Items)")
        dynamodb = backend.emulator.client("dynamodb", REGION)
        pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE)
        self.scan_pages = sum(1 for _ in pages) if int(items) else 1
        self.per_read = statistics.median(
            self.seconds("s3api", "get-object", "--bucket", BUCKET, "--key", key_of(number), os.devnull)
            for number in range(SAMPLE)
        )

    def lock(self, number: int) -> str:
        return f'{{"LockID": {{"S": "{BUCKET}/{key_of(number)}"}}}}'

    def seconds(self, *arguments: str) -> float:
        return _seconds([str(self._aws), *arguments], self._environment)

    def _said(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._aws, *arguments], env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    @property
    def _environment(self) -> dict[str, str]:
        emulator = self._backend.emulator
        reached = client_environment(emulator.endpoint, emulator.ca_bundle)
        return {**environment.clean(), **reached, "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": ""}


def _seconds(command: Sequence[str], env: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env={**environment.clean(), **env}, capture_output=True, check=True)
    return time.perf_counter() - start

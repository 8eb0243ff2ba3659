"""One local run at a time, and a clean start after one that broke off."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from localcloud import leash
from localcloud.failure import Failure
from localcloud.process_birth import birth

PATIENCE_SECONDS = 40.0
"""Longer than the grace that any command gets to end."""


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold `lock` while the context lasts; `Failure` when another run holds it.

    The lock outlives a killed run until all that it had started has ended: that is waited for.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        _acquire(file)
        file.truncate(0)
        file.write(f"{os.getpid()}\n{birth(os.getpid())}\n")
        file.flush()
        with leash.holding(file.fileno()):
            yield


def _acquire(file: IO[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if _owner_lives(file):
                raise Failure(
                    "Another `make local` is running in this folder: wait for it, or stop it."
                ) from error
            if time.monotonic() > deadline:
                raise Failure("What an earlier run had started does not end: see `ps`.") from error
            time.sleep(0.1)
        else:
            return


def _owner_lives(file: IO[str]) -> bool:
    file.seek(0)
    match file.read().splitlines():
        case [pid, born] if pid.isdigit():
            return birth(int(pid)) == born
        case _:
            return False


def sweep(cloud: Path) -> bool:
    """Delete the emulated cloud in `cloud` if the last run broke off in it; True when it did.

    It lives in several places that agree only when a run ends in order: the emulator saves its data as it
    stops, Pulumi and Terraform keep what they made of it. So all of it goes.
    """
    broke_off = (cloud / "unfinished").exists()
    if broke_off:
        shutil.rmtree(cloud)
    return broke_off


def begin(cloud: Path) -> None:
    """Mark the emulated cloud in `cloud` as being worked on."""
    cloud.mkdir(parents=True, exist_ok=True)
    (cloud / "unfinished").touch()


def finish(cloud: Path) -> None:
    """Mark the emulated cloud in `cloud` as whole: the next run goes on with it."""
    (cloud / "unfinished").unlink(missing_ok=True)

"""One local run at a time, and a clean start after one that broke off."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.failure import Failure


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold `lock` while the context lasts; `Failure` when another process holds it.

    The system lets go of it however this process ends.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure("Another `make local` is running in this folder: wait for it, or stop it.") from error
        yield


def begin(cloud: Path) -> bool:
    """Mark the emulated cloud in `cloud` as being worked on; True when it had to be made anew.

    It lives in several places that agree only when a run ends in order: the emulator saves its data as it
    stops, Pulumi and Terraform keep what they made of it. After a run that broke off, all of it goes.
    """
    marker = cloud / "unfinished"
    stale = marker.exists()
    if stale:
        shutil.rmtree(cloud)
    cloud.mkdir(parents=True, exist_ok=True)
    marker.touch()
    return stale


def finish(cloud: Path) -> None:
    """Mark the emulated cloud in `cloud` as whole: the next run goes on with it."""
    (cloud / "unfinished").unlink(missing_ok=True)

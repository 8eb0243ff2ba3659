"""What several test modules share: the real engine, and the emulated AWS, made once by each worker of a run."""

import fcntl
from collections.abc import Iterator

import pytest

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.paths import LOCAL


def pytest_addoption(parser: pytest.Parser) -> None:
    """Campaigns of random cases run a few seeds, and all of them with this."""
    parser.addoption("--soak", action="store_true", help="run every seed of the long campaigns (make soak)")


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulated AWS of this worker alone, with policies enforced, on a free port."""
    with Emulator.start(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The Pulumi engine with the stand-in plugin; where `make` did not fetch it first, this may take minutes."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    with (LOCAL / "engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be building it
        return Engine.obtain()

"""Two regions for the tests of failovers, which are about a whole backend: one stack for each kind of lock."""

from collections.abc import Callable

import pytest

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from tests.statectl.failover.regions import Regions


@pytest.fixture(scope="session")
def regions_of(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator
) -> Callable[[Lock], Regions]:
    """Both regions, at home and empty, by the kind of lock."""
    made: dict[Lock, Regions] = {}

    def regions_of(lock: Lock) -> Regions:
        if lock not in made:
            folder = tmp_path_factory.mktemp(f"failover-{lock.value}")
            made[lock] = Regions.deployed(lock, folder, engine, emulator)
        else:
            made[lock].clear()
        return made[lock]

    return regions_of


@pytest.fixture
def regions(regions_of: Callable[[Lock], Regions]) -> Regions:
    """With both kinds of lock: there is every step then that there is with one of them."""
    return regions_of(Lock.BOTH)

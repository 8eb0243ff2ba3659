"""The stacks that the tests of ``statectl`` share, each made when it is first asked for."""

from collections.abc import Callable

import pytest

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from tests.integration.deployment import Deployment
from tests.statectl.failover.regions import Regions
from tests.statectl.stack import Stack, config


@pytest.fixture(scope="session")
def stack_of(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator
) -> Callable[[Lock], Stack]:
    """The stack by the kind of its lock."""
    made: dict[Lock, Stack] = {}

    def stack_of(lock: Lock) -> Stack:
        if lock not in made:
            folder = tmp_path_factory.mktemp(f"statectl-{lock}")
            deployment = Deployment.prepare(lock.value, folder, engine, emulator, config=config(lock))
            deployment.up()
            made[lock] = Stack(
                lock=lock, deployment=deployment, outputs=deployment.outputs(), folder=folder / "terraform"
            )
        return made[lock]

    return stack_of


@pytest.fixture(scope="session", params=list(Lock))
def stack(request: pytest.FixtureRequest, stack_of: Callable[[Lock], Stack]) -> Stack:
    """A stack of each kind of lock."""
    return stack_of(request.param)


@pytest.fixture(scope="session")
def both(stack_of: Callable[[Lock], Stack]) -> Stack:
    """The stack with both locks, for what does not depend on them."""
    return stack_of(Lock.BOTH)


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

"""The stacks that the tests of access share: one for each kind of lock, made when it is first asked for."""

from collections.abc import Callable

import pytest

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from tests.access.stack import ACCOUNTS, Stack, apply, config
from tests.integration.deployment import Deployment

CONTENT = "of the network"


@pytest.fixture(scope="session")
def stack_with(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator
) -> Callable[[str], Stack]:
    """The stack by the kind of its lock; its state ``prod/network`` was applied by its writer."""
    made: dict[str, Stack] = {}

    def stack_with(lock: str) -> Stack:
        if lock not in made:
            folder = tmp_path_factory.mktemp(lock)
            deployment = Deployment.prepare(lock, folder, engine, emulator, config=config(lock))
            deployment.up()
            made[lock] = Stack(
                lock=lock, deployment=deployment, outputs=deployment.outputs(), folder=folder / "terraform"
            )
            made[lock].folder.mkdir()
            made[lock].entry("writer").on("prod/network").do(apply(CONTENT, "-auto-approve"))
        return made[lock]

    return stack_with


@pytest.fixture(scope="session", params=ACCOUNTS)
def stack(request: pytest.FixtureRequest, stack_with: Callable[[str], Stack]) -> Stack:
    """A stack of each kind of lock."""
    return stack_with(request.param)


@pytest.fixture(scope="session")
def any_stack(stack_with: Callable[[str], Stack]) -> Stack:
    """The stack with both locks, for what does not depend on them."""
    return stack_with("both")

"""The stack that the clients share, made once."""

from collections.abc import Sequence
from functools import cache

import pytest
from rich.console import Console

from docs.client_behaviour import Tried
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.failure import Failure
from localcloud.steps import Steps
from tests.clients.binaries import program
from tests.clients.stack import Stack, config
from tests.integration.deployment import Deployment


@pytest.fixture(scope="package")
def stack(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator, pytestconfig: pytest.Config
) -> Stack:
    """The stack, and each client when it is first run; where it was not built before, that takes minutes."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # What a worker of several writes on stdout is seen by nobody.
    steps = Steps(Console(stderr=True, highlight=False, soft_wrap=True))

    @cache
    def obtain(tried: Tried) -> Sequence[str]:
        try:
            with capture.global_and_fixture_disabled():
                return program(tried, steps)
        except Failure as failure:
            pytest.fail(f"{failure}\n{failure.details}".rstrip(), pytrace=False)

    folder = tmp_path_factory.mktemp("clients")
    deployment = Deployment.prepare("clients", folder, engine, emulator, config=config())
    deployment.up()
    return Stack(
        emulator=emulator,
        outputs=deployment.outputs(),
        folder=folder / "terraform",
        program=obtain,
    )

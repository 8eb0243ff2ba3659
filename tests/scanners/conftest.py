"""The scanners, each installed once, and their progress where the user sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from localcloud.failure import Failure
from localcloud.steps import Steps
from tests import tools

HERE = Path(__file__).parent
Obtain = Callable[[str], Path]


@pytest.fixture(scope="session")
def obtain(pytestconfig: pytest.Config) -> Obtain:
    """The command of a scanner; installing it may take minutes, and failing to is one line."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # What a worker of several writes on stdout is seen by nobody.
    steps = Steps(Console(stderr=True, highlight=False, soft_wrap=True))

    def get(tool: str) -> Path:
        try:
            with capture.global_and_fixture_disabled():
                return tools.obtain(HERE / f"requirements-{tool}.txt", steps) / tool
        except Failure as failure:
            pytest.fail(f"{failure}\n{failure.details}".rstrip(), pytrace=False)

    return get

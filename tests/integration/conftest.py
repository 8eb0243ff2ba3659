"""The stacks are brought up in an emulated AWS that holds nothing else, since some tests ask what is there."""

from collections.abc import Iterator

import pytest

from localcloud.emulator import Emulator


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulated AWS of these tests alone."""
    with Emulator.start(tmp_path_factory.mktemp("stacks")) as running:
        yield running

"""What several test modules share: the real engine and the emulated AWS, each made once per run."""

from collections.abc import Iterator

import pytest

from localcloud.emulator import Emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulated AWS of this test run alone, with policies enforced, on a free port."""
    with Emulator.start(tmp_path_factory.mktemp("emulator")) as running:
        yield running

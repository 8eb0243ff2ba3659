"""How many seeds the campaigns run."""

import pytest

SEEDS = {"few": 4, "all": 200}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a ``seed`` runs once for each: a few of them, or all with ``--soak``."""
    if "seed" in metafunc.fixturenames:
        count = SEEDS["all" if metafunc.config.getoption("--soak") else "few"]
        metafunc.parametrize("seed", range(count))

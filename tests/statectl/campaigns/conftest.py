"""How many seeds the campaigns run, and on which stacks."""

import pytest

from settings.model import Lock
from tests.statectl.campaigns.story import SEEDS as STORIES

SEEDS = {"few": 3, "all": 200}
"""Three go once through the kinds of lock."""
FAILOVERS = {"few": range(1, 3), "all": range(STORIES)}
"""These two meet both ways to fail over: a region that is cut, and a move while applies go on."""
LOCKS = {"few": [Lock.BOTH], "all": list(Lock)}
"""With both locks there is every step that there is with one of them."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a ``seed`` runs once for each, one with a ``lock`` on each: a few, or all with ``--soak``."""
    how_many = "all" if metafunc.config.getoption("--soak") else "few"
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(SEEDS[how_many]))
    if "failover_seed" in metafunc.fixturenames:
        metafunc.parametrize("failover_seed", FAILOVERS[how_many])
    if "lock" in metafunc.fixturenames:
        metafunc.parametrize("lock", LOCKS[how_many])

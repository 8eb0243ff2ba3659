"""Two regions for the tests of failovers, which are about a whole backend."""

from collections.abc import Callable

import pytest

from settings.model import Lock
from tests.statectl.failover.regions import Regions


@pytest.fixture
def regions(regions_of: Callable[[Lock], Regions]) -> Regions:
    """With both kinds of lock: there is every step then that there is with one of them."""
    return regions_of(Lock.BOTH)

"""Failover in a stack that replicates both ways and names nobody, so that IAM alone says who may what."""

import json

import pytest

from blueprint.policy_document import policy
from blueprint.standby import Home
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from statectl.exit_code import ExitCode
from tests.integration.deployment import ANYTHING, role_credentials
from tests.statectl.failover.acts import outcomes, put, start, writes
from tests.statectl.failover.regions import KEY, Regions
from tests.statectl.regions import state

FIRST, SECOND = Home.FIRST, Home.SECOND
ACCOUNT = "100000000032"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Regions:
    """The stack, and two roles that IAM lets do anything."""
    for role in ("platform", "pipeline"):
        role_credentials(emulator, ACCOUNT, role, policy(ANYTHING))
    folder = tmp_path_factory.mktemp("failover-bare")
    more = {"replication": "twoWay", "administrators": [], "access": []}
    return Regions.deployed(Lock.BOTH, folder, engine, emulator, account=ACCOUNT, **more)


def test_only_whoever_fails_over_writes_in_both_regions_and_what_is_written_there_comes_home(
    bare: Regions,
) -> None:
    put(bare, FIRST, state(4))
    assert not writes(bare, SECOND)
    code, rows = start(bare)
    assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "moved"})
    assert not writes(bare, FIRST)
    put(bare, SECOND, state(5))
    assert bare.body(FIRST) == state(5), "replicated home"
    bare.deployment.up()
    assert not writes(bare, FIRST), "pulumi up lifted the freeze"
    code, rows = start(bare, command="failback")
    assert (code, outcomes(rows)) == (ExitCode.FINE, {KEY: "moved"})
    assert writes(bare, FIRST)
    assert not writes(bare, SECOND)
    bare.deployment.up()
    assert {home: json.loads(bare.policy(home)) for home in Home} == {
        home: json.loads(bare.at_home[home]) for home in Home
    }

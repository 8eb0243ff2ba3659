"""The proof's account: stack prod as the engine deploys it, judged by both evaluators."""

import pytest

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from tests.integration.deployment import Deployment
from tests.proof import environment
from tests.proof.account import Account
from tests.proof.deployed import deployed_account
from tests.proof.first_evaluator import judge
from tests.proof.mutation import Proof
from tests.proof.table import cells, judged


@pytest.fixture(scope="package")
def account(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Account:
    """Stack prod after a real ``pulumi up`` in an emulated AWS of its own, its policies read back."""
    folder = tmp_path_factory.mktemp("proof")
    with Emulator.start(folder / "emulator") as emulator:
        deployment = Deployment.prepare("prod", folder, engine, emulator)
        deployment.up()
        return deployed_account(deployment)


@pytest.fixture(scope="package")
def second_environment() -> None:
    """The environment of the second evaluator and the linter; failing to install it is one line, and a failure."""
    try:
        environment.python()
    except environment.EnvironmentMissingError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="package")
def proof(account: Account) -> Proof:
    """Every cell with what the first evaluator says of it."""
    outcomes = [(cell, judged(account, cell, judge)) for cell in cells(account)]
    return Proof(account=account, judge=judge, outcomes=outcomes)

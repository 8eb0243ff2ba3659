"""The clients do what docs/clients.md says that they do."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from docs.client_behaviour import (
    BEHAVIOUR,
    FLEET,
    MIXED,
    NEW,
    NEWEST,
    OLD,
    TOFU,
    Behaviour,
    Outcome,
    Party,
    Tried,
)
from settings.model import Lock
from tests.access.stack import apply
from tests.clients.behaviours import NO_CHANGES, behaviours, plan, second
from tests.clients.stack import Stack

DEPRECATED = "Deprecated Parameter"
INITS = {Behaviour.INIT_TABLE, Behaviour.INIT_LOCKFILE, Behaviour.INIT_BOTH}


@pytest.mark.parametrize("tried", Tried)
def test_each_client_does_what_the_table_says(stack: Stack, tried: Tried) -> None:
    seen = dict(behaviours(stack, tried))
    assert set(seen) == set(Behaviour) - {Behaviour.STALE_DIGEST}
    wrong = {row: found for row, found in seen.items() if not found.is_as(BEHAVIOUR[tried][row])}
    assert wrong == {}, "\n".join(f"{row}: {found.outcome}: {found.said}" for row, found in wrong.items())
    warned = {row for row in INITS if DEPRECATED in seen[row].said}
    assert warned == {row for row in INITS if BEHAVIOUR[tried][row].says == DEPRECATED}


def test_who_looks_at_the_table_is_refused_where_the_lockfile_alone_was_taken(stack: Stack) -> None:
    here = {tried: stack.ready(Party(tried=tried, lock=Lock.DYNAMODB), "stale") for tried in Tried}
    here[Tried.OLD_TERRAFORM].do(apply("by the table", "-auto-approve"))
    stack.ready(NEWEST, "stale").do(apply("by the lockfile", "-auto-approve"))
    # Each waits ten seconds for S3 to catch up before it says so.
    with ThreadPoolExecutor() as pool:
        seen = dict(zip(Tried, pool.map(plan, here.values()), strict=True))
    for tried, found in seen.items():
        assert found.is_as(BEHAVIOUR[tried][Behaviour.STALE_DIGEST]), (tried, found)


@pytest.mark.parametrize("holder", FLEET, ids=str)
def test_in_a_mixed_fleet_a_client_keeps_out_whom_the_table_says(stack: Stack, holder: Party) -> None:
    for comer in FLEET:
        if comer == holder:
            continue  # a row of the other table
        cell = MIXED[holder, comer]
        # Who writes past a lock leaves a digest behind that is older than the state.
        state = "mixed" if cell.outcome is Outcome.REFUSED else f"past-{holder.lock}"
        found = second(stack.ready(holder, state), stack.ready(comer, state))
        assert found.is_as(cell), (holder, comer, found)


def test_each_client_goes_on_with_what_another_wrote(stack: Stack) -> None:
    # Each hands the state on to each other one.
    *_, last = chain = (NEW, OLD, TOFU, NEW, TOFU, OLD, NEW)
    for number, party in enumerate(chain):
        here = stack.ready(party, "handed-on")
        if number:
            here.do([*NO_CHANGES, f"-var=content=by number {number - 1}"])
        here.do(apply(f"by number {number}", "-auto-approve"))
    assert stack.ready(last, "handed-on").state()["serial"] == len(chain)


def test_the_clients_are_the_versions_that_the_table_names(stack: Stack) -> None:
    for tried in Tried:
        said = stack.workdir(tried, "nothing").do(["version", "-json"])
        assert json.loads(said)["terraform_version"] == tried.split(" ")[1]

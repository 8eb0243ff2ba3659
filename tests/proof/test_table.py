"""Every cell of docs/access-proof.md holds for the policies as they are deployed, by three evaluators."""

import pytest

from tests.proof.account import Account, promised_account
from tests.proof.document import DOCUMENT, write
from tests.proof.exceptions import DIFFERENCES
from tests.proof.first_evaluator import judge
from tests.proof.mutation import Proof
from tests.proof.second_evaluator import answers
from tests.proof.statements import MEANINGS, known_as, numbers
from tests.proof.third_evaluator import judge as judge_by_statectl


def test_the_page_says_what_the_code_promises() -> None:
    page = write(promised_account())
    assert DOCUMENT.read_text() == page, "run python -m tests.proof"


def test_the_page_says_what_is_deployed(account: Account) -> None:
    assert DOCUMENT.read_text() == write(account)


@pytest.mark.usefixtures("second_environment")
def test_two_evaluators_agree_on_every_call_and_on_what_decides_it(account: Account, proof: Proof) -> None:
    asked = [(cell, request) for cell, _ in proof.outcomes for request in cell.requests]
    differ = set()
    for (cell, request), second in zip(asked, answers((account, request) for _, request in asked), strict=True):
        first = judge(account, request)
        if first.allowed != second.allowed:
            differ.add((cell.caller.title, request.action))
        else:
            # AWS names one statement where several decide alike.
            assert set(first.sids) <= set(second.sids), f"{cell}: {first.sids}, {second.sids}"
            assert bool(first.sids) == bool(second.sids), cell
    assert differ == {(one.caller, action) for one in DIFFERENCES for action in one.actions}


def test_what_statectl_says_of_every_call_is_what_the_first_evaluator_says(account: Account, proof: Proof) -> None:
    for cell, _ in proof.outcomes:
        for request in cell.requests:
            first, ours = judge(account, request), judge_by_statectl(account, request)
            assert first.allowed == ours.allowed, f"{cell}: {request}"
            assert set(first.sids) <= set(ours.sids), f"{cell}: {first.sids}, {ours.sids}"
            assert bool(first.sids) == bool(ours.sids), cell


def test_every_role_of_the_stack_is_in_the_table(account: Account, proof: Proof) -> None:
    asking = {cell.caller.principal for cell, _ in proof.outcomes}
    # Whoever runs services becomes ByTag, and is in the table of roles.
    assert set(account.roles.values()) <= asking
    assert len({str(cell) for cell, _ in proof.outcomes}) == len(proof.outcomes)


def test_every_statement_is_explained_and_decides_some_cell(account: Account, proof: Proof) -> None:
    deciding = {sid for _, decision in proof.outcomes for sid in decision.sids}
    assert set(numbers(account)) == deciding
    assert {known_as(sid) for sid in deciding} == set(MEANINGS)

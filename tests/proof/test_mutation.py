"""No statement is there for nothing, and none could be wider unnoticed."""

import pytest

from blueprint.standby import STANDBY_SIDS
from tests.proof.account import moved_title
from tests.proof.exceptions import UNCHANGING
from tests.proof.mutation import Mutant, Proof, mutants
from tests.proof.request import Decision, Request
from tests.proof.second_evaluator import answers
from tests.proof.table import Cell, judged, verdict
from tests.proof.third_evaluator import judge as judge_by_statectl


@pytest.mark.usefixtures("second_environment")
def test_dropping_or_widening_any_statement_turns_a_cell_by_every_evaluator(proof: Proof) -> None:
    turned: list[tuple[Mutant, Cell]] = []
    unchanging: dict[tuple[str, str], list[str]] = {}
    for title in proof.account.own_titles():
        for mutant in mutants(title, proof.account.documents[title]):
            if title.endswith(moved_title("")) and mutant.sid not in STANDBY_SIDS:
                # The rest of it is what it was before the failover.
                continue
            cell = proof.turned_by(mutant)
            if cell is None:
                unchanging.setdefault((mutant.sid, mutant.change), []).append(title)
            else:
                turned.append((mutant, cell))
    unexplained = {what: where for what, where in unchanging.items() if what not in UNCHANGING}
    assert not unexplained, "no cell tells these from the policies as they are"
    assert set(unchanging) == set(UNCHANGING), "listed, and yet it turns a cell"
    assert not _not_turned_by_the_second(proof, turned)
    assert not _not_turned_by_statectl(proof, turned)


def _not_turned_by_the_second(proof: Proof, turned: list[tuple[Mutant, Cell]]) -> list[str]:
    asked: list[tuple[Mutant, Cell, Request]] = [
        (mutant, cell, request) for mutant, cell in turned for request in cell.requests
    ]
    said = answers((proof.account.having(mutant.title, mutant.document), request) for mutant, _, request in asked)
    decisions: dict[str, tuple[Cell, list[Decision]]] = {}
    for (mutant, cell, _), decision in zip(asked, said, strict=True):
        decisions.setdefault(str(mutant), (cell, []))[1].append(decision)
    before = {str(cell): decision.allowed for cell, decision in proof.outcomes}
    return [
        f"{mutant}: {cell}"
        for mutant, (cell, found) in decisions.items()
        if verdict(found).allowed == before[str(cell)]
    ]


def _not_turned_by_statectl(proof: Proof, turned: list[tuple[Mutant, Cell]]) -> list[str]:
    before = {str(cell): decision.allowed for cell, decision in proof.outcomes}
    return [
        f"{mutant}: {cell}"
        for mutant, cell in turned
        if judged(proof.account.having(mutant.title, mutant.document), cell, judge_by_statectl).allowed
        == before[str(cell)]
    ]

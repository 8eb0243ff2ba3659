"""Parliament finds nothing in the deployed policies that is not in the list with its reason."""

import pytest

from tests.proof.account import Account
from tests.proof.environment import run
from tests.proof.exceptions import LINT


@pytest.mark.usefixtures("second_environment")
def test_the_linter_finds_nothing_new(account: Account) -> None:
    found = run("lint_program.py", {title: account.documents[title] for title in account.own_titles()})
    explained = set()
    unexplained = []
    for title, findings in found.items():
        for one in findings:
            reason = _reason(title, one["issue"], one["detail"])
            if reason is None:
                unexplained.append(f"{title}: {one['issue']} {one['detail']} {one['location']}")
            else:
                explained.add(reason)
    assert not unexplained
    assert explained == set(LINT), "listed, and yet the linter does not find it"


def _reason(title: str, issue: str, detail: str) -> tuple[str, str, str] | None:
    for kind, known, part in LINT:
        if kind in title and issue == known and part in detail:
            return kind, known, part
    return None

"""The tables for people: docs/access-proof.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.proof.account import Account
from tests.proof.callers import everyone
from tests.proof.exceptions import DIFFERENCES, LINT, UNCHANGING
from tests.proof.first_evaluator import judge
from tests.proof.request import Decision
from tests.proof.statements import key, numbers
from tests.proof.table import APART, GROUPS, cells, judged

PAGE = Path(__file__).parent / "page.md"
DOCUMENT = Path(__file__).parents[2] / "docs" / "access-proof.md"

Outcomes = Mapping[tuple[str, str, str], Decision]
"""What comes of each cell, by group, operation and caller."""


_HEADS = (
    "deploy",
    "shared",
    "review",
    "partner",
    "ByTag",
    "ByTag, no tags",
    "op. reading",
    "op. writing",
    "admin, fresh MFA",
    "admin, no MFA",
    "admin, old MFA",
    "BG, fresh MFA",
    "BG, old MFA",
    "BG, no MFA",
    "BG, access key",
    "stranger",
    "outside",
    "replication",
    "batch",
)


def write(account: Account) -> str:
    """The whole page."""
    outcomes = {
        (cell.group, cell.operation, cell.caller.title): judged(account, cell, judge) for cell in cells(account)
    }
    number = numbers(account)
    tables = []
    wide = [caller.title for caller in everyone(account)]
    for group in GROUPS:
        tables += _table(group.title, "what is tried", _HEADS)
        for operation in group.operations:
            keys = [(group.title, operation.name, who) for who in wide]
            tables.append(_row(operation.name, keys, outcomes, number))
    for group in APART:
        names = [operation.name for operation in group.operations]
        tables += _table(group.title, "who", names)
        for caller in dict.fromkeys(who for title, _, who in outcomes if title == group.title):
            tables.append(_row(caller, [(group.title, name, caller) for name in names], outcomes, number))
    return PAGE.read_text().format(
        tables="\n".join([*tables, ""]).lstrip(),
        statements="\n".join(key(account)),
        differences="\n".join(
            f"- **{one.caller}**, `{'`, `'.join(one.actions)}`. {one.says} ([AWS]({one.source}))."
            for one in DIFFERENCES
        ),
        unchanging="\n".join(f"| `{sid}` | {change} | {why} |" for (sid, change), why in UNCHANGING.items()),
        lint="\n".join(f"| {kind} | {issue} | {about} | {why} |" for (kind, issue, about), why in LINT.items()),
    )


def _table(title: str, corner: str, heads: Sequence[str]) -> list[str]:
    return ["", f"### {title}", "", f"| {corner} | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]


def _row(name: str, keys: Sequence[tuple[str, str, str]], outcomes: Outcomes, number: Mapping[str, int]) -> str:
    return f"| {name} | {' | '.join(_mark(outcomes.get(one), number) for one in keys)} |"


def _mark(decision: Decision | None, number: Mapping[str, int]) -> str:
    if decision is None:
        return ""
    return " ".join(["✓" if decision.allowed else "✗", *(str(number[sid]) for sid in decision.sids)])

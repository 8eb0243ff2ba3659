"""Why a request is allowed, denied or neither, in words."""

from collections.abc import Iterable, Iterator, Sequence

from blueprint.evaluation.decision import Deciding, Decision, Verdict
from blueprint.evaluation.statement import Effect
from blueprint.evaluation.truth import Need, Unseen

_SILENT = {
    "identity": "no statement allows it",
    "boundary": "the permissions boundary does not allow it",
    "resource": "the resource's own policy does not allow it",
}


def why(decision: Decision) -> str:
    """What decides: statements with the policies that they are in, or what is missing."""
    if decision.verdict is Verdict.ALLOWED:
        return _listed(decision.statements) or "the root user may"
    if decision.verdict is Verdict.DENIED:
        if decision.statements:
            return _listed(decision.statements)
        return ", and ".join(_SILENT[name] for name in decision.silent) or "no statement allows it"
    if decision.verdict is Verdict.UNKNOWN:
        return "; ".join(_unseen([one for one in decision.doubts if isinstance(one, Unseen)]))
    return "; ".join(_hangs(decision.statements))


def _unseen(doubts: Sequence[Unseen]) -> Iterator[str]:
    missing = dict.fromkeys(one.action for one in doubts if one.action)
    if missing:
        yield f"not all policies could be read, for want of {', '.join(missing)}"
    yield from dict.fromkeys(one.why for one in doubts if not one.action)


def _hangs(statements: Iterable[Deciding]) -> Iterator[str]:
    for statement in statements:
        needs = [f"{one.key} {one.operator} {_values(one)}" for one in statement.doubts if isinstance(one, Need)]
        effect = "denies" if statement.effect is Effect.DENY else "allows"
        yield f"{_listed([statement])} {effect} it if {' and '.join(needs)}"


def _values(need: Need) -> str:
    return " or ".join(need.values) or "(nothing)"


def _listed(statements: Iterable[Deciding]) -> str:
    return ", ".join(dict.fromkeys(f"{one.sid} ({one.policy})" for one in statements))

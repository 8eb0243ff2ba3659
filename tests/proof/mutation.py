"""Policies with one statement dropped or widened, each of which must change what somebody may do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from blueprint.policy_document import PolicyDocument
from tests.proof.account import Account
from tests.proof.request import Decision
from tests.proof.table import Cell, Judge, judged


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One policy with one statement changed.

    :param title: the policy's.
    :param sid: the statement's.
    :param change: what was done to it.
    :param actions: the actions, with wildcards, of which it may say something else than before.
    """

    title: str
    sid: str
    change: str
    actions: frozenset[str]
    document: PolicyDocument

    def __str__(self) -> str:
        return f"{self.sid} in {self.title}: {self.change}"


def mutants(title: str, document: PolicyDocument) -> Iterator[Mutant]:
    """Every mutant of a policy."""
    statements: Sequence[Any] = document["Statement"]
    for index, statement in enumerate(statements):
        for change, changed in _changes(statement):
            rest = [*statements[:index], *([changed] if changed else []), *statements[index + 1 :]]
            mutated: Any = {**document, "Statement": rest}
            actions = frozenset([*_listed(statement["Action"]), *(_listed(changed["Action"]) if changed else [])])
            yield Mutant(title=title, sid=statement["Sid"], change=change, actions=actions, document=mutated)


def _changes(statement: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    yield "dropped", None
    if "Resource" in statement and not _covers_everything(statement["Resource"]):
        yield "Resource to *", {**statement, "Resource": "*"}
    every = f"{_listed(statement['Action'])[0].split(':')[0]}:*"
    if _listed(statement["Action"]) != [every]:
        yield f"Action to {every}", {**statement, "Action": every}
    if statement["Effect"] == "Deny":
        # Less is refused: it widens what is allowed.
        for element in ("Action", "Resource"):
            values = _listed(statement[element])
            for value in values if len(values) > 1 else ():
                short = value.rsplit(":", 1)[1] if element == "Resource" else value
                kept = [other for other in values if other != value]
                yield f"without {'its objects' if short.endswith('/*') else short}", {**statement, element: kept}
    condition = statement.get("Condition")
    if condition is None:
        return
    yield "Condition dropped", {key: value for key, value in statement.items() if key != "Condition"}
    tests = [(operator, key) for operator, keys in condition.items() for key in keys]
    if len(tests) < 2:
        return
    for operator, key in tests:
        fewer = {name: dict(tests) for name, tests in condition.items()}
        del fewer[operator][key]
        left = {name: keys for name, keys in fewer.items() if keys}
        yield f"without {operator} {key}", {**statement, "Condition": left}


def _covers_everything(resource: Any) -> bool:
    """``*``, or in a bucket's policy the bucket and all in it, which is no less."""
    arns = _listed(resource)
    return arns == ["*"] or (len(arns) == 2 and arns[1] == f"{arns[0]}/*" and arns[0].startswith("arn:aws:s3:"))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The cells of an account with what comes of each, ready to be compared."""

    account: Account
    judge: Judge
    outcomes: Sequence[tuple[Cell, Decision]]

    def turned_by(self, mutant: Mutant) -> Cell | None:
        """The first cell that comes out otherwise, if one does."""
        changed = self.account.having(mutant.title, mutant.document)
        for cell, decision in self._concerned.get(mutant.title, ()):
            asked = {request.action for request in cell.requests}
            if not any(fnmatchcase(action, pattern) for action in asked for pattern in mutant.actions):
                continue
            if judged(changed, cell, self.judge).allowed != decision.allowed:
                return cell
        return None

    @cached_property
    def _concerned(self) -> Mapping[str, Sequence[tuple[Cell, Decision]]]:
        """The outcomes in which a policy has a say, by its title."""
        concerned: dict[str, list[tuple[Cell, Decision]]] = {}
        for cell, decision in self.outcomes:
            titles: set[str | None] = set()
            for request in cell.requests:
                own, resource = self.account.titles_for(request)
                titles |= {*own, resource}
            for title in filter(None, titles):
                concerned.setdefault(title, []).append((cell, decision))
        return concerned

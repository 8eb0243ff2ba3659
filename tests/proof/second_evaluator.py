"""Principal Mapper's local simulation of IAM policies, asked in an environment of its own.

It fills in policy variables in resources itself; in conditions it knows none, so there they are filled in first.
"""

from collections.abc import Iterable

from tests.proof.account import Account
from tests.proof.environment import run
from tests.proof.request import Decision, Kind, Request
from tests.proof.variables import filled_in


def answers(questions: Iterable[tuple[Account, Request]]) -> list[Decision]:
    """What it says of each request, in order; the Sids are all that match, where AWS reports one."""
    documents: dict[str, object] = {}
    asked = []
    for account, request in questions:
        caller = request.caller
        own, resource = account.titles_for(request)
        titles = [*own, *([resource] if resource else [])]
        named = {}
        for title in titles:
            document = filled_in(account.documents[title], request.context, elements=("Condition",))
            named[title] = f"{title} #{hash(repr(document))}"
            documents[named[title]] = document
        asked.append(
            {
                "kind": caller.kind.value,
                "principal": caller.principal,
                "account": account.id,
                "action": request.action,
                "resource": request.resource,
                "context": _with_principal(request),
                "identity": [named[title] for title in own],
                "resource policy": named[resource] if resource else None,
            }
        )
    said = run("second_program.py", {"documents": documents, "questions": asked})
    return [Decision(allowed=one["allowed"], sids=tuple(one["sids"])) for one in said]


def _with_principal(request: Request) -> dict[str, object]:
    if request.caller.kind is not Kind.ROLE:
        return dict(request.context)
    return {**request.context, "aws:PrincipalArn": request.caller.principal}

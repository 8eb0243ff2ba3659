"""The evaluator that ``statectl access check`` asks, which knows variables and needs nothing filled in."""

from functools import cache

from blueprint.evaluation.context import EVERYTHING_ELSE, context
from blueprint.evaluation.decision import Layer, Policies, Verdict, decide
from blueprint.evaluation.principal import Principal, PrincipalKind
from blueprint.evaluation.statement import Request as Asked
from blueprint.evaluation.statement import Statement, statements
from blueprint.policy_document import to_json
from tests.proof.account import Account
from tests.proof.request import Caller, Decision, Kind, Request

_KINDS = {Kind.ROLE: PrincipalKind.ROLE, Kind.SERVICE: PrincipalKind.SERVICE, Kind.ISSUER: PrincipalKind.ISSUER}


def judge(account: Account, request: Request) -> Decision:
    """What it says of a request; a request of the table has no other keys than the table gives it."""
    own, resource = account.titles_for(request)
    caller = _principal(request.caller)
    keys = dict(request.context)
    if caller.kind is PrincipalKind.ROLE:
        keys["aws:PrincipalArn"] = caller.arn
    found = decide(
        Asked(
            principal=caller,
            action=request.action,
            resource=request.resource,
            context=context(keys, absent=(EVERYTHING_ELSE,)),
        ),
        Policies(
            identity=_layer(account, *own),
            resource=_layer(account, *([resource] if resource else [])),
            owner=account.id,
        ),
    )
    assert found.verdict in (Verdict.ALLOWED, Verdict.DENIED), f"{request} is left undecided: {found}"
    return Decision(
        allowed=found.verdict is Verdict.ALLOWED, sids=tuple(dict.fromkeys(one.sid for one in found.statements))
    )


def _principal(caller: Caller) -> Principal:
    role = caller.kind is Kind.ROLE
    return Principal(
        kind=_KINDS[caller.kind], arn=caller.principal, account=caller.principal.split(":")[4] if role else ""
    )


def _layer(account: Account, *titles: str) -> Layer:
    return Layer(statements=[one for title in titles for one in _read(title, to_json(account.documents[title]))])


@cache
def _read(title: str, document: str) -> tuple[Statement, ...]:
    return statements(title, document)

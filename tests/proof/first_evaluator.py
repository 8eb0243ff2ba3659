"""The emulator's evaluator of IAM policies, used as a library.

It knows no policy variables, which are filled in first. For ``aws:PrincipalArn`` it takes the principal's ARN: the
role's, where a request to the emulator would bring the session's. Of issuers it judges one action alone, so they
are asked for as services are.
"""

from typing import Any, cast

from ministack.core.iam_evaluator import (
    EvalContext,
    combine_resource_policy,
    evaluate,
    evaluate_resource_policy,
    parse_policy_document,
)

from blueprint.policy_document import PolicyDocument
from tests.proof.account import Account
from tests.proof.request import Decision, Kind, Request
from tests.proof.variables import filled_in

_ELEMENTS = ("Condition", "Resource")


def judge(account: Account, request: Request) -> Decision:
    """What AWS would say of a request, as far as the emulator knows."""
    own, resources = account.titles_for(request)
    context = _context(request)
    resource = account.documents[resources] if resources else None
    if resource is not None:
        resource = filled_in(resource, request.context, elements=_ELEMENTS)
    if request.caller.kind is not Kind.ROLE:
        resource = _by_issuer(resource) if request.caller.kind is Kind.ISSUER else resource
        found = evaluate_resource_policy(resource, context, service=request.caller.principal)
        return Decision(allowed=found.decision == "Allow", sids=_sids(found))
    documents = [filled_in(account.documents[title], request.context, elements=_ELEMENTS) for title in own]
    identity = evaluate(context, [parse_policy_document(document) for document in documents])
    # A key's policy and a role's trust have to allow it as well.
    required = request.action.split(":")[0] in ("kms", "sts")
    combined = combine_resource_policy(identity, context, resource, account.id, required=required)
    if combined.decision != "Allow":
        return Decision(allowed=False, sids=_sids(combined) if combined.decision == "Deny" else ())
    both = [identity, evaluate_resource_policy(resource, context)]
    return Decision(allowed=True, sids=tuple(sid for one in both if one.decision == "Allow" for sid in _sids(one)))


def _by_issuer(trust: PolicyDocument | None) -> PolicyDocument | None:
    """The trust policy with issuers where services stand, which it asks for by their name alone."""
    if trust is None:
        return None
    statements = [
        {**one, "Principal": {"Service": one["Principal"]["Federated"]}}
        for one in cast(list[dict[str, Any]], trust["Statement"])
        if "Federated" in one["Principal"]
    ]
    return cast(PolicyDocument, {**trust, "Statement": statements})


def _context(request: Request) -> EvalContext:
    caller = request.caller
    keys: dict[str, Any] = {
        key.lower(): list(value) if isinstance(value, tuple) else value for key, value in request.context.items()
    }
    return EvalContext(
        principal_arn=caller.principal,
        principal_type="AssumedRole",
        principal_account=caller.principal.split(":")[4] if caller.kind is Kind.ROLE else "",
        action=request.action,
        resource_arn=request.resource,
        region=request.resource.split(":")[3] if ":" in request.resource else "",
        source_ip="192.0.2.1",
        secure_transport=keys.get("aws:securetransport") == "true",
        service_context=keys,
    )


def _sids(found: Any) -> tuple[str, ...]:
    return (found.matched_sid,) if found.matched_sid else ()

"""Principal Mapper judges requests: JSON in, JSON out. Runs in the environment of its own, by its path.

In: ``documents`` by title, and ``questions``; out: for each question whether it is allowed, and the Sids of the
statements that deny, or where none does of those that allow.
"""

import collections
import collections.abc
import importlib
import json
import sys
from typing import Any

# Principal Mapper still looks for them where Python 3.9 had them.
for _name in ("Mapping", "MutableMapping"):
    setattr(collections, _name, getattr(collections.abc, _name))

# Found in the environment of its own alone.
common: Any = importlib.import_module("principalmapper.common")
simulation: Any = importlib.import_module("principalmapper.querying.local_policy_simulation")
interface: Any = importlib.import_module("principalmapper.querying.query_interface")
util: Any = importlib.import_module("principalmapper.util.case_insensitive_dict")

Document = dict[str, Any]


def main() -> None:
    """Answer all questions at once."""
    asked = json.load(sys.stdin)
    json.dump([_answer(asked["documents"], question) for question in asked["questions"]], sys.stdout)


def _answer(documents: dict[str, Document], question: Document) -> Document:
    own = [documents[title] for title in question["identity"]]
    resource = documents.get(question["resource policy"])
    context = util.CaseInsensitiveDict(question["context"])
    what = question["action"], question["resource"]
    if question["kind"] != "role":
        # It knows services by name; the provider of a token is asked for in the same way.
        service = _issuers_as_services(resource)
        matching = simulation.resource_policy_matching_statements(question["principal"], service, *what, context)
        found = simulation.resource_policy_authorization(
            question["principal"], question["account"], service, *what, context
        )
        allowed = found is simulation.ResourcePolicyEvalResult.SERVICE_MATCH
        return {"allowed": allowed, "sids": _deciding(matching, allowed)}
    policies = [
        common.Policy(f"arn:aws:iam::{question['account']}:policy/{n}", str(n), one) for n, one in enumerate(own)
    ]
    node = common.Node(
        question["principal"], "AROAEXAMPLE", policies, [], {}, None, 0, False, False, None, False, {}
    )
    allowed = interface.local_check_authorization_full(
        node, *what, context, resource, question["account"] if resource else None
    )
    context.update(interface._infer_condition_keys(node, context))
    matching = [
        statement
        for one in own
        for statement in one["Statement"]
        if simulation.policy_has_matching_statement(
            {"Statement": [statement]}, statement["Effect"], *what, context
        )
    ]
    if resource:
        matching += simulation.resource_policy_matching_statements(node, resource, *what, context)
    return {"allowed": allowed, "sids": _deciding(matching, allowed)}


def _deciding(matching: list[Document], allowed: bool) -> list[str]:
    effect = "Allow" if allowed else "Deny"
    return [statement["Sid"] for statement in matching if statement["Effect"] == effect]


def _issuers_as_services(document: Document | None) -> Document:
    statements = []
    for statement in (document or {"Statement": []})["Statement"]:
        principal = statement.get("Principal")
        if isinstance(principal, dict) and "Federated" in principal:
            statement = {**statement, "Principal": {"Service": principal["Federated"]}}  # noqa: PLW2901
        statements.append(statement)
    return {"Statement": statements}


if __name__ == "__main__":
    main()

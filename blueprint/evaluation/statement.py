"""The statements of a policy document, and whether one applies to a request."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from blueprint.evaluation.condition import ConditionTest, tests
from blueprint.evaluation.context import Context
from blueprint.evaluation.listed import listed
from blueprint.evaluation.pattern import matches, pattern
from blueprint.evaluation.principal import ANYBODY, Named, Principal, named
from blueprint.evaluation.truth import NO, Truth, Unseen, decided, every, negated, some, undecided

_WITH_VARIABLES = "2012-10-17"
"""The version of the policy language that knows variables; what names none is of 2008-10-17."""


class Effect(StrEnum):
    """What a statement does where it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call of AWS.

    :param principal: who asks.
    :param action: the IAM action, such as ``s3:GetObject``.
    :param resource: the ARN of what it is about.
    :param context: its condition keys.
    """

    principal: Principal
    action: str
    resource: str
    context: Context


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement as it is evaluated.

    :param policy: the title of its policy.
    :param sid: its Sid; its place in the policy where it has none.
    :param effect: what it does.
    :param element: the statement as the policy has it.
    :param actions: ``Action`` or ``NotAction``.
    :param resources: ``Resource`` or ``NotResource``; none where it has neither, as in a role's trust policy.
    :param tests: its condition.
    :param variables: whether its policy knows variables.
    """

    policy: str
    sid: str
    effect: Effect
    element: Mapping[str, Any]
    actions: tuple[str, ...]
    resources: tuple[str, ...] | None
    tests: tuple[ConditionTest, ...]
    variables: bool

    def applies(self, request: Request) -> Truth:
        """Whether it applies, whoever asks."""
        return every(self._parts(request))

    def means(self, principal: Principal) -> Named:
        """How it means whoever asks; as a statement of their own policies it has no principal and means them."""
        if "NotPrincipal" in self.element:
            why = f"{self.sid} of {self.policy} names whom it does not mean (NotPrincipal)"
            return Named(itself=undecided(Unseen(why=why)))
        if "Principal" not in self.element:
            return ANYBODY
        try:
            return named(self.element["Principal"], principal)
        except ValueError as error:
            return Named(itself=undecided(Unseen(why=f"{self.sid} of {self.policy} cannot be judged: {error}")))

    def _parts(self, request: Request) -> Iterator[Truth]:
        asked = decided(any(matches(action, request.action, ignore_case=True) for action in self.actions))
        yield negated(asked) if "NotAction" in self.element else asked
        if self.resources is not None:
            about = some(self._is_about(text, request) for text in self.resources)
            yield negated(about) if "NotResource" in self.element else about
        for test in self.tests:
            yield test.holds(request.context)

    def _is_about(self, text: str, request: Request) -> Truth:
        made = pattern(text, request.context, variables=self.variables)
        return NO if made is None else made.match(request.resource)


def statements(policy: str, document: Mapping[str, Any] | str) -> tuple[Statement, ...]:
    """The statements of a policy document.

    :param policy: its title, by which what decides is named.
    :raises ValueError: where it is no policy document.
    """
    read = json.loads(document) if isinstance(document, str) else document
    if not isinstance(read, Mapping) or "Statement" not in read:
        raise ValueError(f"{policy} has no Statement")
    found = [read["Statement"]] if isinstance(read["Statement"], Mapping) else read["Statement"]
    if not isinstance(found, list | tuple):
        raise ValueError(f"the Statement of {policy} is neither an object nor a list")
    variables = read.get("Version") == _WITH_VARIABLES
    return tuple(_statement(policy, number, one, variables=variables) for number, one in enumerate(found, start=1))


def _statement(policy: str, number: int, one: Any, *, variables: bool) -> Statement:
    if not isinstance(one, Mapping):
        raise ValueError(f"statement {number} of {policy} is no object")
    name = str(one.get("Sid") or f"statement {number}")
    try:
        about = one.get("Resource", one.get("NotResource"))
        return Statement(
            policy=policy,
            sid=name,
            effect=Effect(str(one.get("Effect"))),
            element=one,
            actions=listed(one["Action"] if "Action" in one else one["NotAction"]),
            resources=None if about is None else listed(about),
            tests=tuple(tests(one.get("Condition") or {}, variables=variables)),
            variables=variables,
        )
    except (ValueError, KeyError) as error:
        raise ValueError(f"{name} of {policy} is no statement: {error}") from error

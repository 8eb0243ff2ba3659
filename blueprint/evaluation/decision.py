"""The order in which AWS weighs the policies that apply to a request.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html,
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from blueprint.evaluation.principal import PrincipalKind
from blueprint.evaluation.statement import Effect, Request, Statement
from blueprint.evaluation.truth import NO, YES, Doubt, Truth, Unseen, every, negated, some, undecided

_OWN_POLICY_DECIDES = ("kms", "sts")
"""Services for which a resource has to let in even its own account: keys, and roles by their trust policies, which
say who becomes the role and not who reads or changes it.
"""


class Verdict(StrEnum):
    """What AWS would answer."""

    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"
    """It hangs on what a dry question cannot know."""
    UNKNOWN = "unknown"
    """It hangs on what could not be read or cannot be judged."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Policies that count alike.

    :param statements: of all of them.
    :param unseen: what could not be read of them.
    """

    statements: Sequence[Statement] = ()
    unseen: tuple[Unseen, ...] = ()


NOTHING = Layer()


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The policies that apply to a request.

    :param identity: the principal's own, and those of a user's groups.
    :param boundary: the principal's permissions boundary; ``None`` where it has none.
    :param resource: the policy of the bucket, key, table or role.
    :param owner: the account that the resource belongs to.
    """

    identity: Layer
    boundary: Layer | None = None
    resource: Layer = NOTHING
    owner: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Deciding:
    """A statement that decides, or would where the decision hangs on it.

    :param policy: the title of its policy.
    :param sid: its Sid; its place in the policy where it has none.
    :param effect: ``Allow`` or ``Deny``.
    :param doubts: what it hangs on.
    """

    policy: str
    sid: str
    effect: Effect
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What AWS would answer, and why.

    :param verdict: the answer.
    :param statements: those that deny, those that allow (the principal's own first), or those it hangs on; none
        where no statement allows.
    :param doubts: what it hangs on.
    :param silent: whose policies would have to allow and do not: ``identity``, ``boundary``, ``resource``.
    """

    verdict: Verdict
    statements: tuple[Deciding, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Weighed:
    """A statement with whether it applies, and by which name of the principal."""

    statement: Statement
    truth: Truth
    itself: Truth
    role: Truth
    account: Truth


def decide(request: Request, policies: Policies) -> Decision:
    """What AWS would answer to a request."""
    identity = _weighed(request, policies.identity)
    boundary = None if policies.boundary is None else _weighed(request, policies.boundary)
    resource = _weighed(request, policies.resource)
    layers = [(policies.identity, identity), (policies.boundary, boundary), (policies.resource, resource)]
    everything = [one for _, weighed in layers for one in weighed or ()]
    unseen = undecided(*(doubt for layer, _ in layers if layer for doubt in layer.unseen))
    denial = some(
        [*(one.truth for one in everything if one.statement.effect is Effect.DENY), _unless_none(unseen)]
    )
    if denial == YES:
        return Decision(verdict=Verdict.DENIED, statements=_deciding(everything, Effect.DENY, YES))
    allowance, silent = _allowance(request, policies, identity, boundary, resource)
    if allowance == NO:
        return Decision(verdict=Verdict.DENIED, silent=silent)
    final = every((negated(denial), allowance))
    if final == YES:
        return Decision(verdict=Verdict.ALLOWED, statements=_deciding([*identity, *resource], Effect.ALLOW, YES))
    hanging = tuple(_hanging(everything))
    blind = any(isinstance(doubt, Unseen) for doubt in final.doubts)
    verdict = Verdict.UNKNOWN if blind else Verdict.DEPENDS
    return Decision(verdict=verdict, statements=hanging, doubts=final.doubts)


def _allowance(
    request: Request,
    policies: Policies,
    identity: Sequence[_Weighed],
    boundary: Sequence[_Weighed] | None,
    resource: Sequence[_Weighed],
) -> tuple[Truth, tuple[str, ...]]:
    """Whether the policies allow, and which of them do not say so where they do not."""
    kind = request.principal.kind
    itself, role, account = (_allows(resource, policies.resource, how) for how in ("itself", "role", "account"))
    if kind in (PrincipalKind.SERVICE, PrincipalKind.ISSUER):
        return itself, ("resource",)
    # The root user needs no policy of its own.
    own = YES if kind is PrincipalKind.ROOT else _allows(identity, policies.identity, "truth")
    within = (
        YES if boundary is None or policies.boundary is None else _allows(boundary, policies.boundary, "truth")
    )
    by_own = every((own, within))
    service = request.action.split(":")[0].lower()
    let_in = some((itself, role, account))
    if request.principal.account != policies.owner:
        parts = {"identity": own, "boundary": within, "resource": let_in}
        return every(parts.values()), _silent(parts)
    if service in _OWN_POLICY_DECIDES:
        parts = {"identity": own, "boundary": within, "resource": let_in}
        return some((itself, every((role, within)), every((account, by_own)))), _silent(parts)
    return some((by_own, itself, every((role, within)))), _silent({"identity": own, "boundary": within})


def _silent(parts: dict[str, Truth]) -> tuple[str, ...]:
    return tuple(name for name, truth in parts.items() if truth == NO)


def _weighed(request: Request, layer: Layer) -> list[_Weighed]:
    return list(_weigh(request, layer))


def _weigh(request: Request, layer: Layer) -> Iterator[_Weighed]:
    for statement in layer.statements:
        applies = statement.applies(request)
        if applies == NO:
            continue
        meant = statement.means(request.principal)
        itself, role, account = (every((applies, how)) for how in (meant.itself, meant.role, meant.account))
        truth = some((itself, role, account))
        if truth != NO:
            yield _Weighed(statement=statement, truth=truth, itself=itself, role=role, account=account)


def _allows(weighed: Sequence[_Weighed], layer: Layer, how: str) -> Truth:
    found = [getattr(one, how) for one in weighed if one.statement.effect is Effect.ALLOW]
    return some([*found, _unless_none(undecided(*layer.unseen))])


def _unless_none(truth: Truth) -> Truth:
    """What was seen in full leaves no doubt."""
    return truth if truth.doubts else NO


def _deciding(weighed: Sequence[_Weighed], effect: Effect, truth: Truth) -> tuple[Deciding, ...]:
    return tuple(_named(one) for one in weighed if one.statement.effect is effect and one.truth == truth)


def _hanging(weighed: Sequence[_Weighed]) -> Iterator[Deciding]:
    return (_named(one) for one in weighed if one.truth.value is None)


def _named(one: _Weighed) -> Deciding:
    return Deciding(
        policy=one.statement.policy,
        sid=one.statement.sid,
        effect=one.statement.effect,
        doubts=one.truth.doubts,
    )

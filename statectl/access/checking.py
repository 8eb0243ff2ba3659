"""Judges each request that Terraform makes for a state, by the live policies."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from blueprint.evaluation.context import Context, context
from blueprint.evaluation.decision import NOTHING, Deciding, Decision, Policies, Verdict, decide
from blueprint.evaluation.principal import PrincipalKind
from blueprint.evaluation.statement import Request
from blueprint.evaluation.truth import Doubt, Need, Unseen
from blueprint.terraform_requests import Purpose, TerraformRequest, terraform_requests
from settings.arns import account_in
from settings.model import Settings
from statectl.access.answers import DecidingStatement, NeededValue, RequestAnswer
from statectl.access.fixes import Asked, nearest_fix
from statectl.access.live import Live
from statectl.access.words import why

_OF_SERVICES = ("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrg*", "aws:PrincipalServiceName*")
"""Keys that only a request of a service of AWS brings, as itself."""
_OF_CHANGES = ("aws:RequestTag/*", "aws:TagKeys")
"""Keys that only a request brings which sets tags."""
_TYPES = {PrincipalKind.ROLE: "AssumedRole", PrincipalKind.USER: "User", PrincipalKind.ROOT: "Account"}


def answers(
    live: Live, key: str, *, settings: Settings | None, given: Mapping[str, str], now: datetime | None = None
) -> Iterator[RequestAnswer]:
    """What AWS would answer to each request.

    :param key: the state's key.
    :param settings: what the stack promises, for the way out; ``None`` where no stack is known.
    :param given: values of condition keys that somebody knows.
    :param now: when it is asked; now unless given.
    """
    moment = now or datetime.now(UTC)
    for request in terraform_requests(live.backend, key):
        unseen = live.keyless.get(request.resource)
        decision = (
            Decision(verdict=Verdict.UNKNOWN, doubts=(unseen,))
            if unseen
            else _decision(live, request, given, moment)
        )
        asked = Asked(
            purpose=request.purpose,
            key=key,
            entry=live.who.entry,
            settings=settings,
            workspace_prefix=live.backend.workspace_prefix,
        )
        yield RequestAnswer(
            purpose=request.purpose,
            action=request.action,
            resource=request.resource,
            verdict=decision.verdict,
            why=why(decision),
            statements=tuple(
                DecidingStatement(policy=one.policy, sid=one.sid, effect=one.effect) for one in decision.statements
            ),
            needs=tuple(_needs(decision.statements)),
            missing=_missing(decision.doubts),
            fix=nearest_fix(decision, asked) if decision.verdict is Verdict.DENIED else "",
        )


def overall(found: Iterable[RequestAnswer], purpose: Purpose) -> Verdict:
    """Whether all that a purpose takes is allowed."""
    verdicts = {answer.verdict for answer in found if answer.purpose is purpose}
    worst = (Verdict.DENIED, Verdict.UNKNOWN, Verdict.DEPENDS)
    return next((verdict for verdict in worst if verdict in verdicts), Verdict.ALLOWED)


def _decision(live: Live, request: TerraformRequest, given: Mapping[str, str], now: datetime) -> Decision:
    owner = account_in(request.resource) or live.backend.account
    return decide(
        Request(
            principal=live.who.principal,
            action=request.action,
            resource=request.resource,
            context=_context(live, request, owner, given, now),
        ),
        Policies(
            identity=live.own,
            boundary=live.boundary,
            resource=live.resources.get(_whose_policy(request.resource), NOTHING),
            owner=owner,
        ),
    )


def _whose_policy(resource: str) -> str:
    """The ARN of what has the policy: an object's is its bucket's."""
    return resource.split("/", 1)[0] if resource.split(":")[2] == "s3" else resource


def _context(
    live: Live, request: TerraformRequest, owner: str, given: Mapping[str, str], now: datetime
) -> Context:
    who = live.who.principal
    is_user, direct = who.kind is PrincipalKind.USER, not request.action.startswith("kms:")
    known: dict[str, str | tuple[str, ...]] = {
        "aws:PrincipalAccount": who.account,
        "aws:PrincipalType": _TYPES[who.kind],
        "aws:PrincipalIsAWSService": "false",
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": live.backend.region,
        "aws:ResourceAccount": owner,
        "aws:CurrentTime": now.isoformat(),
        "aws:EpochTime": str(int(now.timestamp())),
        **({"aws:PrincipalArn": who.arn} if live.who.whole else {}),
        **({"aws:username": live.who.name} if is_user else {}),
        **({"aws:userid": live.user_id} if live.user_id else {}),
        **{f"aws:PrincipalTag/{name}": value for name, value in live.tags.items()},
        **(
            {"aws:ViaAWSService": "false", "s3:ResourceAccount": owner}
            if direct
            else {"kms:CallerAccount": who.account}
        ),
    }
    keys = {name.lower(): value for name, value in {**known, **request.keys}.items()}
    absent = (
        *(*_OF_SERVICES, *_OF_CHANGES, *request.absent),
        *(() if not direct else ("aws:CalledVia*",)),
        *(("aws:PrincipalTag/*",) if is_user and live.user_id else ()),
        *(() if is_user else ("aws:username",)),
    )
    return context({**keys, **{name.lower(): value for name, value in given.items()}}, absent=absent)


def _needs(statements: Iterable[Deciding]) -> Iterator[NeededValue]:
    for statement in statements:
        for doubt in statement.doubts:
            if isinstance(doubt, Need):
                yield NeededValue(
                    key=doubt.key, operator=doubt.operator, values=doubt.values, effect=statement.effect
                )


def _missing(doubts: Iterable[Doubt]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.action for one in doubts if isinstance(one, Unseen) and one.action))

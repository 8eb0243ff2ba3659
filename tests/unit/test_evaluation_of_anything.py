"""What holds of the evaluator whatever policies and requests it is given."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from blueprint.evaluation.context import EVERYTHING_ELSE, context
from blueprint.evaluation.decision import Layer, Verdict
from blueprint.evaluation.statement import Effect, statements
from blueprint.evaluation.truth import Need
from tests.unit.evaluation import ACCOUNT, OBJECT, ROLE, USER, VERSION, allow, ask, layer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["*", "Allow", "s3:*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Sid", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "Statement"]
            )
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_rubbish_is_no_policy_or_is_judged_and_never_a_crash(whole: Any, principal: Any, condition: Any) -> None:
    strange = {**allow(), "Principal": principal, "Condition": condition}
    for document in (whole, {"Statement": whole}, {"Statement": strange}, json.dumps(whole)):
        try:
            found = statements("policy", document)
        except ValueError:
            continue
        assert isinstance(ask(own=Layer(statements=found)).verdict, Verdict)
        assert isinstance(ask(own=layer(allow()), resource_policy=Layer(statements=found)).verdict, Verdict)


KEYS = ("aws:one", "aws:two", "aws:number")
NUMBER = KEYS[2]
VALUES, NUMBERS = ("a", "b", "prod", "true"), ("3", "7")
OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "Bool"),
)
OF_NUMBERS = ("NumericEquals", "NumericLessThan", "NumericGreaterThanEquals", "NumericNotEquals")
WRITTEN = st.sampled_from((*VALUES, "*", "?", "A"))


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, dict[str, list[str]]]:
    made: dict[str, dict[str, list[str]]] = {}
    for _ in range(draw(st.integers(0, 2))):
        key = draw(st.sampled_from(KEYS))
        operators, values = (OF_NUMBERS, st.sampled_from(NUMBERS)) if key == NUMBER else (OPERATORS, WRITTEN)
        prefix = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
        operator = f"{prefix}{draw(st.sampled_from(operators))}{draw(st.sampled_from(['', 'IfExists']))}"
        made.setdefault(operator, {})[key] = draw(st.lists(values, min_size=1, max_size=2))
    if draw(st.booleans()):
        made["Null"] = {draw(st.sampled_from(KEYS)): [draw(st.sampled_from(["true", "false"]))]}
    return made


@st.composite
def policies(draw: st.DrawFn, *, principal: bool = False) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(0, 3))):
        one = {
            "Sid": f"S{number}",
            "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
            draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(
                st.sampled_from(["s3:*", "s3:Get*", "s3:Put*"])
            ),
            draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
                st.sampled_from(
                    ["*", "arn:aws:s3:::states/*", "arn:aws:s3:::states/${aws:one}/*", "arn:aws:s3:::x"]
                )
            ),
            "Condition": draw(conditions()),
        }
        if principal:
            one["Principal"] = draw(st.sampled_from(["*", {"AWS": ROLE}, {"AWS": ACCOUNT}, {"AWS": USER}]))
        made.append(one)
    return made


REQUESTS = st.fixed_dictionaries(
    {},
    optional={key: st.sampled_from(NUMBERS if key == NUMBER else VALUES) for key in KEYS},
)


@given(policies(), policies(), policies(principal=True), REQUESTS, st.sets(st.sampled_from(KEYS)))
def test_what_is_decided_without_a_key_is_decided_alike_whatever_its_value(
    own: list[dict[str, Any]],
    limits: list[dict[str, Any]],
    of_bucket: list[dict[str, Any]],
    keys: dict[str, str],
    hidden: set[str],
) -> None:
    layers = {"own": layer(*own), "boundary": layer(*limits), "resource_policy": layer(*of_bucket)}
    known = {key: value for key, value in keys.items() if key not in hidden}
    absent = tuple(key for key in KEYS if key not in hidden)
    dry = ask(**layers, keys=context(known, absent=absent))  # type: ignore[arg-type]
    real = ask(**layers, keys=context(keys, absent=(EVERYTHING_ELSE,)))  # type: ignore[arg-type]
    assert real.verdict in (Verdict.ALLOWED, Verdict.DENIED)
    assert dry.verdict in (real.verdict, Verdict.DEPENDS)
    if dry.verdict is Verdict.DEPENDS:
        assert {doubt.key for doubt in dry.doubts if isinstance(doubt, Need)} <= hidden
        assert dry.doubts
        assert dry.statements
    if real.verdict is Verdict.ALLOWED:
        assert all(one.effect is Effect.ALLOW for one in real.statements)


@given(policies(), REQUESTS)
def test_the_emulators_evaluator_says_the_same_of_any_policy(
    own: list[dict[str, Any]], keys: dict[str, str]
) -> None:
    """It knows no variables, which are filled in first as AWS does."""
    filled = json.loads(json.dumps(own).replace("${aws:one}", keys.get("aws:one", "\\u0000")))
    theirs = evaluate(
        EvalContext(
            principal_arn=ROLE,
            principal_type="AssumedRole",
            principal_account=ACCOUNT,
            action="s3:GetObject",
            resource_arn=OBJECT,
            region="eu-central-1",
            service_context=dict(keys),
        ),
        [parse_policy_document({"Version": VERSION, "Statement": filled})],
    )
    found = ask(own=layer(*own), keys=context(keys, absent=(EVERYTHING_ELSE,)))
    assert (found.verdict is Verdict.ALLOWED) == (theirs.decision == "Allow")
    assert not theirs.matched_sid or theirs.matched_sid in {one.sid for one in found.statements}

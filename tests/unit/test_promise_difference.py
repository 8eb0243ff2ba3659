"""What is a difference, and how it is told."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.backend import backend
from blueprint.promise.difference import NOTHING, differences
from blueprint.promise.everything import everything
from blueprint.promise.resource import UNKNOWN_KEY, KeyArns
from blueprint.promise.rule import Comparison
from blueprint.promise.statements import statements
from settings.stack_file import load_stack_file
from tests.unit.program import ROOT

KEY, OTHER_KEY = "arn:aws:kms:eu-central-1:1:key/1", "arn:aws:kms:eu-central-1:1:key/2"
PROD = everything(
    backend(load_stack_file(ROOT / "Pulumi.prod.yaml")), KeyArns(primary=KEY, replica=OTHER_KEY, audit=KEY)
)
POLICIES = [
    one.settings[name] for one in PROD for name in ("policy", "trust", "statements") if name in one.settings
]
ALLOW: dict[str, Any] = {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}


def found(comparison: Comparison, promised: Any, live: Any) -> list[tuple[str, str, str]]:
    return [(one.part, one.expected, one.found) for one in differences(comparison, promised, live)]


def document(*listed: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(listed)}


@given(st.sampled_from(POLICIES), st.randoms(use_true_random=False))
def test_a_policy_that_says_the_same_in_another_order_and_spelling_is_no_difference(
    promised: Any, chance: random.Random
) -> None:
    assert found(Comparison.STATEMENTS, promised, _respelt(promised, chance)) == []


@given(st.sampled_from(POLICIES), st.data())
def test_each_statement_that_is_missing_changed_or_extra_is_told_by_its_sid(
    promised: Any, data: st.DataObject
) -> None:
    listed = promised["Statement"]
    chosen = data.draw(st.integers(min_value=0, max_value=len(listed) - 1))
    sid = listed[chosen]["Sid"]
    rest = [*listed[:chosen], *listed[chosen + 1 :]]
    ((part, _, live),) = found(Comparison.STATEMENTS, promised, {**promised, "Statement": rest})
    assert (part, live) == (sid, NOTHING)
    ((part, expected, _),) = found(Comparison.STATEMENTS, {**promised, "Statement": rest}, promised)
    assert (part, expected) == (sid, NOTHING)
    changed = {**listed[chosen], "Action": "s3:Everything"}
    ((part, expected, live),) = found(Comparison.STATEMENTS, promised, {**promised, "Statement": [*rest, changed]})
    assert (part, live) == (sid, '{"Action": "s3:Everything"}')
    assert expected.startswith('{"Action": ')
    assert '"Resource": ' not in expected


def test_what_a_statement_grants_besides_is_seen() -> None:
    wider = {**ALLOW, "Action": ["s3:GetObject", "s3:PutObject"]}
    ((_, expected, live),) = found(Comparison.STATEMENTS, document(ALLOW), document(wider))
    assert (expected, live) == ('{"Action": "s3:GetObject"}', '{"Action": ["s3:GetObject", "s3:PutObject"]}')
    conditional = {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": True}}}
    assert found(Comparison.STATEMENTS, document(conditional), document(ALLOW))
    as_text = {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}
    assert found(Comparison.STATEMENTS, document(conditional), document(as_text)) == []


def test_a_second_statement_of_the_same_sid_or_one_without_is_seen() -> None:
    without = {name: value for name, value in ALLOW.items() if name != "Sid"}
    assert [part for part, _, _ in found(Comparison.STATEMENTS, document(ALLOW), document(ALLOW, ALLOW))] == ["A"]
    assert [part for part, _, _ in found(Comparison.STATEMENTS, document(ALLOW), document(ALLOW, without))] == [
        "(statement 2, without a Sid)"
    ]
    assert statements({"Statement": ALLOW}) == statements(document(ALLOW))


def test_another_version_of_the_language_or_no_policy_is_one_difference() -> None:
    assert found(Comparison.STATEMENTS, document(ALLOW), document(ALLOW, version="2008-10-17")) == [
        ("Version", "2012-10-17", "2008-10-17")
    ]
    assert found(Comparison.STATEMENTS, document(ALLOW, ALLOW), None) == [
        ("", "a policy of 2 statements", NOTHING)
    ]


def test_policies_are_told_by_name_and_sid() -> None:
    promised = {"replicate": document(ALLOW)}
    assert found(Comparison.POLICIES, promised, {"replicate": document()})[0][0] == "replicate/A"
    assert found(Comparison.POLICIES, promised, {}) == [("replicate", "a policy of 1 statement", NOTHING)]
    assert found(Comparison.POLICIES, promised, {**promised, "mine": document(ALLOW)}) == [
        ("mine", NOTHING, "a policy of 1 statement")
    ]


@pytest.mark.parametrize(
    ("promised", "live", "expected"),
    [
        ({"a": 1, "b": True}, {"a": 1, "b": False}, [("", '{"b": true}', '{"b": false}')]),
        ({"a": 1}, None, [("", '{"a": 1}', NOTHING)]),
        (None, {"a": 1}, [("", NOTHING, '{"a": 1}')]),
        ("Enabled", None, [("", "Enabled", NOTHING)]),
        (True, True, []),
        ([], ["arn"], [("", NOTHING, '["arn"]')]),
    ],
)
def test_of_a_setting_with_fields_those_that_differ_are_told(promised: Any, live: Any, expected: Any) -> None:
    assert found(Comparison.EXACT, promised, live) == expected


def test_by_name_each_that_is_missing_changed_or_extra_is_told() -> None:
    promised = {"one": {"Days": 1}, "two": {"Days": 2}}
    live = {"two": {"Days": 3}, "three": {"Days": 3}}
    assert found(Comparison.BY_NAME, promised, live) == [
        ("one", '{"Days": 1}', NOTHING),
        ("two", '{"Days": 2}', '{"Days": 3}'),
        ("three", NOTHING, '{"Days": 3}'),
    ]


def test_what_is_there_beside_what_is_promised_at_least_is_nobodys_business() -> None:
    assert found(Comparison.AT_LEAST, {"owner": "me"}, {"owner": "me", "aws:cloudformation": "x"}) == []
    assert found(Comparison.AT_LEAST, {"owner": "me"}, {}) == [("owner", "me", NOTHING)]
    assert found(Comparison.AT_LEAST, {"owner": "me"}, {"owner": "you"}) == [("owner", "me", "you")]
    assert found(Comparison.AT_LEAST, ["a", "b"], ["b", "c"]) == [("a", "a", NOTHING)]


@pytest.mark.parametrize(
    ("promised", "live", "is_same"),
    [
        (UNKNOWN_KEY, KEY, True),
        (UNKNOWN_KEY, [KEY, OTHER_KEY], True),
        (UNKNOWN_KEY, None, False),
        (UNKNOWN_KEY, "arn:aws:kms:eu-central-1:1:alias/aws/s3", False),
        ([KEY, UNKNOWN_KEY], [KEY, OTHER_KEY], True),
        ([KEY, UNKNOWN_KEY], [OTHER_KEY], False),
        ([KEY, UNKNOWN_KEY], [KEY, "*"], False),
        ({"KMSMasterKeyID": UNKNOWN_KEY}, {"KMSMasterKeyID": KEY}, True),
        ({"KMSMasterKeyID": UNKNOWN_KEY}, {}, False),
    ],
)
def test_a_key_that_nobody_named_is_any_key_and_nothing_else(promised: Any, live: Any, is_same: bool) -> None:
    assert (found(Comparison.EXACT, promised, live) == []) == is_same


def _respelt(value: Any, chance: random.Random) -> Any:
    """Lists in another order, lists of one as their one, and texts as lists of one."""
    if isinstance(value, dict) and "Statement" in value:
        listed = [_respelt(statement, chance) for statement in value["Statement"]]
        chance.shuffle(listed)
        return {**value, "Statement": listed}
    if isinstance(value, dict):
        return {
            name: item if name in {"Sid", "Effect"} else _respelt(item, chance) for name, item in value.items()
        }
    if isinstance(value, list):
        items = chance.sample(value, len(value))
        return items[0] if len(items) == 1 and chance.random() < 0.5 else items
    return [value] if chance.random() < 0.5 else value

"""Policies are weighed as AWS's documentation says, case by case, and nothing is decided that is not known."""

from typing import Any

import pytest

from blueprint.evaluation.condition import ConditionTest
from blueprint.evaluation.context import Context, context
from blueprint.evaluation.decision import Layer, Verdict
from blueprint.evaluation.principal import Principal
from blueprint.evaluation.statement import statements
from blueprint.evaluation.truth import Need, Truth, Unseen
from tests.unit.evaluation import (
    ACCOUNT,
    KEY,
    OTHER,
    ROLE,
    ROOT,
    SESSION,
    USER,
    allow,
    ask,
    closed,
    deny,
    layer,
    role,
    root,
    user,
)


def holds(operator: str, wanted: str | list[str], keys: Context, key: str = "aws:key") -> Truth:
    values = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    return ConditionTest(operator=operator, key=key, values=values, variables=True).holds(keys)


@pytest.mark.parametrize(
    ("operator", "wanted", "given_value", "expected"),
    [
        ("StringEquals", "prod", "prod", True),
        ("StringEquals", "prod", "Prod", False),
        ("StringEquals", "pr*", "prod", False),
        ("StringEquals", ["dev", "prod"], "prod", True),
        ("StringNotEquals", ["dev", "prod"], "prod", False),
        ("StringNotEquals", ["dev", "test"], "prod", True),
        ("StringEqualsIgnoreCase", "PROD", "prod", True),
        ("StringNotEqualsIgnoreCase", "PROD", "prod", False),
        ("StringLike", "pr?d/*", "prod/a/b", True),
        ("StringLike", "pr?d", "prd", False),
        ("StringLike", "a.b", "axb", False),
        ("StringNotLike", "prod/*", "prod/a", False),
        ("stringlike", "prod/*", "prod/a", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "10.0", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "1800", "300", False),
        ("NumericGreaterThan", "1800", "7200", True),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("DateEquals", "2030-01-01T00:00:00Z", "1893456000", True),
        ("DateNotEquals", "2030-01-01T00:00:00Z", "2030-01-01T01:00:00+01:00", False),
        ("DateLessThan", "2030-01-01", "2029-12-31T23:59:59Z", True),
        ("DateLessThanEquals", "2030-01", "2030-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:00Z", False),
        ("DateGreaterThanEquals", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", True),
        ("Bool", "true", "True", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.77", True),
        ("IpAddress", "203.0.113.5", "203.0.113.6", False),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
        ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
        ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
        ("ArnLike", "arn:aws:iam::*:role/*", ROLE, True),
        ("ArnEquals", "arn:aws:iam::*:role/dep*", ROLE, True),
        ("ArnNotLike", "arn:aws:iam::*:role/dep*", ROLE, False),
        ("ArnNotEquals", USER, ROLE, True),
        # The documentation's own: a string's wildcard goes past colons, an ARN's does not.
        (
            "StringLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            True,
        ),
        (
            "ArnLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            False,
        ),
    ],
)
def test_each_condition_operator_compares_as_documented(
    operator: str, wanted: str | list[str], given_value: str, expected: bool
) -> None:
    assert holds(operator, wanted, closed(aws__key=given_value)).value is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("ArnNotLike", True),
        ("NotIpAddress", True),
        ("NumericLessThan", False),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_a_key_that_is_not_in_the_request_matches_as_documented(operator: str, expected: bool) -> None:
    assert holds(operator, "a", closed()).value is expected


@pytest.mark.parametrize(
    ("operator", "given_values", "expected"),
    [
        ("ForAllValues:StringEquals", ("PostDateTime", "UserName"), False),
        ("ForAllValues:StringEquals", ("PostDateTime", "Tags"), True),
        ("ForAnyValue:StringEquals", ("PostDateTime", "UserName"), True),
        ("ForAnyValue:StringEquals", ("UserName",), False),
        ("ForAllValues:StringNotLike", ("UserName", "Tags"), False),
        ("ForAnyValue:StringNotLike", ("UserName", "Tags"), True),
        ("ForAnyValue:StringNotLike", ("Tags",), False),
    ],
)
def test_set_operators_look_at_every_value_of_the_request(
    operator: str, given_values: tuple[str, ...], expected: bool
) -> None:
    wanted = ["PostDateTime", "Message", "Tags"]
    assert holds(operator, wanted, closed(aws__key=given_values)).value is expected


def test_null_asks_whether_a_key_is_there() -> None:
    there, missing = closed(aws__key="x"), closed()
    assert [holds("Null", "true", keys).value for keys in (there, missing)] == [False, True]
    assert [holds("Null", "false", keys).value for keys in (there, missing)] == [True, False]
    assert holds("Null", "true", closed(aws__key=())).value is True


def test_what_nobody_can_know_is_undecided_and_named() -> None:
    unknown = context({})
    need = Need(key="aws:SourceIp", operator="IpAddressIfExists", values=("10.0.0.0/8",))
    assert holds("IpAddressIfExists", "10.0.0.0/8", unknown, "aws:SourceIp").doubts == (need,)
    assert holds("Null", "true", unknown).value is None
    odd = holds("StringAlmostEquals", "a", closed(aws__key="a"))
    assert (odd.value, [type(doubt) for doubt in odd.doubts]) == (None, [Unseen])
    for operator, wanted in (("NumericNotEquals", "ten"), ("NotIpAddress", "here"), ("DateLessThan", "soon")):
        assert holds(operator, wanted, closed(aws__key="9")).value is None
    several = holds("StringEquals", "a", closed(aws__key=("a", "b")))
    assert several.value is None


@pytest.mark.parametrize(
    ("resource", "keys", "expected"),
    [
        ("arn:aws:s3:::states/${aws:username}/*", closed(aws__username="prod"), True),
        ("arn:aws:s3:::states/${AWS:UserName}/*", closed(aws__username="prod"), True),
        ("arn:aws:s3:::states/${aws:username}/*", closed(aws__username="p*"), False),
        ("arn:aws:s3:::states/${aws:username}/*", closed(), False),
        ("arn:aws:s3:::states/${aws:username, 'prod'}/*", closed(), True),
        ("arn:aws:s3:::states/${aws:username, 'prod'}/*", closed(aws__username="dev"), False),
        ("arn:aws:s3:::states/prod/${*}", closed(), False),
        ("arn:aws:s3:::states/prod/networ?", closed(), True),
        ("arn:aws:s3:::states/prod/networ${?}", closed(), False),
    ],
)
def test_policy_variables_become_values_and_those_without_one_match_nothing(
    resource: str, keys: Context, expected: bool
) -> None:
    verdict = Verdict.ALLOWED if expected else Verdict.DENIED
    assert ask(own=layer(allow(resource=resource)), keys=keys).verdict is verdict


def test_before_2012_a_variable_was_plain_text() -> None:
    old = layer(allow(resource="arn:aws:s3:::states/${aws:username}/*"), version="2008-10-17")
    assert ask(own=old, keys=closed(aws__username="prod")).verdict is Verdict.DENIED
    plain = "arn:aws:s3:::states/${aws:username}/network"
    assert ask(own=old, keys=closed(aws__username="prod"), resource=plain).verdict is Verdict.ALLOWED


def test_a_variable_without_value_equals_nothing_in_a_condition() -> None:
    tag = "${aws:PrincipalTag/team}"
    assert holds("StringEquals", tag, closed(aws__key="x")).value is False
    assert holds("StringNotEquals", tag, closed(aws__key="x")).value is True


def test_an_unknown_variable_says_which_value_would_match() -> None:
    tags = ("aws:PrincipalTag/environment", "aws:PrincipalTag/service")
    own = layer(allow(resource=f"arn:aws:s3:::states/${{{tags[0]}}}/${{{tags[1]}}}"))
    found = ask(own=own, keys=context({}))
    assert found.verdict is Verdict.DEPENDS
    assert found.doubts == tuple(
        Need(key=key, operator="StringEquals", values=(value,))
        for key, value in zip(tags, ("prod", "network"), strict=True)
    )
    elsewhere = ask(own=own, keys=context({}), resource="arn:aws:s3:::another/prod/network")
    assert elsewhere.verdict is Verdict.DENIED


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("s3:getobject"), True),
        (allow("s3:Get*"), True),
        (allow("s3:Put*"), False),
        ({"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}, False),
        (allow(resource="arn:aws:s3:::states/prod/*"), True),
        (allow(resource="arn:aws:s3:::STATES/prod/*"), False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::states/dev/*"}, True),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::states/*"}, False),
    ],
)
def test_actions_and_resources_are_matched_with_their_opposites(statement: dict[str, Any], expected: bool) -> None:
    assert (ask(own=layer(statement)).verdict is Verdict.ALLOWED) is expected


def test_the_example_of_carlos_in_the_documentation_comes_out_as_it_says() -> None:
    own = layer(
        {
            "Sid": "AllowS3ListRead",
            "Effect": "Allow",
            "Action": "s3:ListAllMyBuckets",
            "Resource": "arn:aws:s3:::*",
        },
        {
            "Sid": "AllowS3Self",
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"],
        },
        {"Sid": "DenyS3Logs", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"},
    )
    logs = ask(who=user(), own=own, action="s3:PutObject", resource="arn:aws:s3:::carlossalazar-logs/file")
    assert (logs.verdict, [one.sid for one in logs.statements]) == (Verdict.DENIED, ["DenyS3Logs"])
    own_bucket = ask(who=user(), own=own, action="s3:PutObject", resource="arn:aws:s3:::carlossalazar/file")
    assert (own_bucket.verdict, [one.sid for one in own_bucket.statements]) == (Verdict.ALLOWED, ["AllowS3Self"])
    elsewhere = ask(who=user(), own=own, action="s3:PutObject", resource="arn:aws:s3:::another/file")
    assert (elsewhere.verdict, elsewhere.statements, elsewhere.silent) == (Verdict.DENIED, (), ("identity",))


@pytest.mark.parametrize("where", ["own", "boundary", "resource_policy"])
def test_a_denial_in_any_policy_overrides_every_allowance(where: str) -> None:
    everybody = allow(Principal="*")
    layers: dict[str, Any] = {
        "own": layer(allow()),
        "boundary": layer(allow()),
        "resource_policy": layer(everybody),
    }
    assert ask(**layers).verdict is Verdict.ALLOWED
    more = {"Principal": "*"} if where == "resource_policy" else {}
    layers[where] = layer(everybody if more else allow(), deny(**more))
    found = ask(**layers)
    assert (found.verdict, [one.sid for one in found.statements]) == (Verdict.DENIED, ["Refuse"])


@pytest.mark.parametrize(
    ("who", "principal", "without_own", "within_boundary"),
    [
        (role(), {"AWS": ROLE}, True, False),
        (role(), {"AWS": SESSION}, True, True),
        (role(), "*", True, True),
        (role(), {"AWS": "*"}, True, True),
        (role(), {"AWS": ACCOUNT}, False, False),
        (role(), {"AWS": [ROOT, USER]}, False, False),
        (user(), {"AWS": USER}, True, True),
        (user(), {"AWS": ROLE}, False, False),
        (user(), {"Service": "s3.amazonaws.com"}, False, False),
        (user(), {"Federated": "accounts.google.com"}, False, False),
    ],
)
def test_a_bucket_policy_grants_by_itself_as_far_as_it_names_the_caller(
    who: Principal, principal: Any, without_own: bool, within_boundary: bool
) -> None:
    """The table of the documentation: implicit denials of other policies, by how the principal is named."""
    lets = layer(allow(Principal=principal))
    assert (ask(who=who, resource_policy=lets).verdict is Verdict.ALLOWED) is without_own
    narrow = layer(allow("dynamodb:*"))
    found = ask(who=who, resource_policy=lets, boundary=narrow)
    assert (found.verdict is Verdict.ALLOWED) is within_boundary


def test_a_boundary_limits_and_grants_nothing() -> None:
    assert ask(own=layer(allow()), boundary=layer(allow("s3:Get*"))).verdict is Verdict.ALLOWED
    limited = ask(own=layer(allow()), boundary=layer(allow("s3:Put*")))
    assert (limited.verdict, limited.silent) == (Verdict.DENIED, ("boundary",))
    assert ask(boundary=layer(allow())).verdict is Verdict.DENIED


def test_a_key_lets_in_whom_its_policy_names_and_leaves_its_account_to_iam() -> None:
    use: dict[str, Any] = {"action": "kms:Decrypt", "resource": KEY}
    own, to_account = layer(allow("kms:*")), layer(allow("kms:*", Principal={"AWS": ROOT}))
    assert ask(own=own, resource_policy=to_account, **use).verdict is Verdict.ALLOWED
    assert ask(resource_policy=to_account, **use).verdict is Verdict.DENIED
    unnamed = ask(own=own, resource_policy=layer(allow("kms:*", Principal={"AWS": USER})), **use)
    assert (unnamed.verdict, unnamed.silent) == (Verdict.DENIED, ("resource",))
    named = layer(allow("kms:*", Principal={"AWS": ROLE}))
    assert ask(resource_policy=named, **use).verdict is Verdict.ALLOWED
    assert ask(resource_policy=named, boundary=layer(allow("s3:*")), **use).verdict is Verdict.DENIED


def test_a_roles_trust_policy_says_who_becomes_it_and_iam_who_reads_it() -> None:
    own, role_arn = layer(allow("*")), f"arn:aws:iam::{ACCOUNT}:role/other"
    assert ask(own=own, action="iam:GetRole", resource=role_arn).verdict is Verdict.ALLOWED
    assert ask(own=own, action="sts:AssumeRole", resource=role_arn).silent == ("resource",)
    trusted = layer({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"})
    assert ask(resource_policy=trusted, action="sts:AssumeRole", resource=role_arn).verdict is Verdict.ALLOWED


def test_across_accounts_both_sides_have_to_allow() -> None:
    stranger = role(account=OTHER, session=None)
    own = layer(allow())
    lets = layer(allow(Principal={"AWS": OTHER}))
    assert ask(who=stranger, own=own, resource_policy=lets).verdict is Verdict.ALLOWED
    assert ask(who=stranger, resource_policy=lets).silent == ("identity",)
    assert ask(who=stranger, own=own).silent == ("resource",)
    narrow = ask(who=stranger, own=own, boundary=layer(allow("dynamodb:*")), resource_policy=lets)
    assert narrow.silent == ("boundary",)
    ours = layer(allow(Principal={"AWS": ACCOUNT}))
    assert ask(who=stranger, own=own, resource_policy=ours).verdict is Verdict.DENIED


def test_the_root_user_needs_no_policy_and_is_bound_by_what_a_bucket_refuses() -> None:
    assert ask(who=root()).verdict is Verdict.ALLOWED
    assert ask(who=root(), resource_policy=layer(deny(Principal="*"))).verdict is Verdict.DENIED
    use: dict[str, Any] = {"action": "kms:Decrypt", "resource": KEY}
    assert ask(who=root(), **use).verdict is Verdict.DENIED
    assert (
        ask(who=root(), resource_policy=layer(allow("kms:*", Principal={"AWS": ROOT})), **use).verdict
        is Verdict.ALLOWED
    )


def test_a_policy_that_was_not_read_leaves_no_yes_and_names_the_action() -> None:
    unread = Layer(unseen=(Unseen(why="refused", action="iam:GetRolePolicy"),))
    own = Layer(statements=layer(allow()).statements, unseen=unread.unseen)
    for layers in (
        {"own": own},
        {"own": layer(allow()), "boundary": unread},
        {"own": layer(allow()), "resource_policy": unread},
    ):
        found = ask(**layers)  # type: ignore[arg-type]
        assert found.verdict is Verdict.UNKNOWN
        assert found.doubts == unread.unseen
    refused = Layer(statements=layer(deny()).statements, unseen=unread.unseen)
    assert ask(own=refused).verdict is Verdict.DENIED


def test_whom_not_principal_leaves_out_is_not_guessed() -> None:
    others = layer(deny(NotPrincipal={"AWS": ROLE}))
    found = ask(own=layer(allow()), resource_policy=others)
    assert found.verdict is Verdict.UNKNOWN
    assert "NotPrincipal" in str(found.doubts)
    assert ask(own=layer(allow("s3:Get*")), resource_policy=others, action="iam:GetRole").verdict is Verdict.DENIED


def test_a_session_that_is_named_by_its_own_arn_decides_only_for_a_session() -> None:
    lets = layer(allow(Principal={"AWS": SESSION}))
    assert ask(who=role(session=None), resource_policy=lets).verdict is Verdict.DEPENDS
    assert ask(who=role(session=f"{SESSION}-other"), resource_policy=lets).verdict is Verdict.DENIED


@pytest.mark.parametrize(
    "document",
    [
        *("[]", "{}", "not JSON", {"Statement": 5}, {"Statement": ["x"]}, {"Statement": {"Effect": "Allow"}}),
        {"Statement": {"Effect": "Maybe", "Action": "*"}},
        {"Statement": {**allow(), "Condition": {"Bool": 1}}},
    ],
)
def test_what_is_no_policy_is_said_to_be_none(document: Any) -> None:
    with pytest.raises(ValueError, match=r"policy|JSON|Expecting"):
        statements("policy", document)

"""Policy variables are filled in as AWS does, before an evaluator that does not know them looks."""

from blueprint.policy_document import Statement, policy
from tests.proof.variables import filled_in

STATEMENT: Statement = {
    "Sid": "Own",
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": ["arn:aws:s3:::states/${aws:PrincipalTag/service}/*"],
    "Condition": {"StringEquals": {"aws:RequestTag/service": "${aws:PrincipalTag/service}"}},
}


def test_a_variable_becomes_its_value_where_it_is_asked_for() -> None:
    (filled,) = filled_in(policy(STATEMENT), {"aws:PrincipalTag/service": "dns"}, elements=("Condition",))[
        "Statement"
    ]
    assert filled.get("Condition") == {"StringEquals": {"aws:RequestTag/service": "dns"}}
    assert filled.get("Resource") == STATEMENT.get("Resource")


def test_a_variable_without_a_value_stays_and_so_matches_nothing() -> None:
    (filled,) = filled_in(policy(STATEMENT), {}, elements=("Condition", "Resource"))["Statement"]
    assert filled == STATEMENT

"""Who operates a stack: what is refused, who gets which policy, and what the program makes."""

from typing import Any

import pytest

from blueprint.backend import Backend, backend
from blueprint.guard import guard
from blueprint.limits import POLICY_CHARACTERS, over_limits
from blueprint.operators import Operation, operator_grants
from settings.mistakes import SettingsError
from tests.unit.program import Recording, run_program, stack_config
from tests.unit.test_access import ADMIN, entry
from tests.unit.test_settings import GOOD, read

ON_CALL = "arn:aws:iam::123456789012:role/on-call"
ENGINEER = "arn:aws:iam::123456789012:role/team/engineer"
USER = "arn:aws:iam::123456789012:user/alice"
SSO = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Platform_1"


def with_operators(operators: Any, **changes: Any) -> dict[str, Any]:
    return {**GOOD, "administrators": [ADMIN], "operators": operators, **changes}


def plan_of(
    *, readers: tuple[str, ...] = (ON_CALL,), writers: tuple[str, ...] = (ENGINEER,), **changes: Any
) -> Backend:
    return backend(read(with_operators({"readers": list(readers), "writers": list(writers)}, **changes)))


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        ({"readers": []}, "operators: names nobody. Fix: name readers, writers or both"),
        ({"readers": ["arn:aws:iam::123456789012:root"]}, "is a whole account: everyone in it would be let in"),
        ({"writers": ["arn:aws:iam::999999999999:role/theirs"]}, "is in another account than 123456789012"),
        ({"writers": ["arn:aws-cn:iam::123456789012:role/x"]}, "is not in partition aws"),
        ({"readers": ["on-call"]}, "Fix: write whole ARNs of roles or users"),
        ({"readers": ["arn:aws:iam::123456789012:role/*"]}, "Fix: write whole ARNs of roles or users"),
        ({"reader": [ON_CALL]}, "is not a key here. Fix: set readers, writers or both"),
        ("on-call", "is neither a map nor a list. Fix: set readers, writers or both"),
        ({"readers": [ON_CALL], "writers": [ON_CALL]}, "Fix: take it out of readers, or out of writers"),
        ({"readers": [ON_CALL.replace("role/", "role/a/")], "writers": [ON_CALL]}, "is among writers too"),
        (
            {"writers": [ON_CALL, ON_CALL]},
            'operators.writers = "arn:aws:iam::123456789012:role/on-call": is there',
        ),
    ],
)
def test_who_operates_is_named_one_by_one_and_once(operators: Any, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(with_operators(operators))
    assert expected in str(caught.value)
    assert len(caught.value.mistakes) == 1


def test_a_role_and_a_user_of_one_name_are_two() -> None:
    named = {"readers": ["arn:aws:iam::123456789012:role/alice"], "writers": [USER]}
    assert read(with_operators(named)).operators


def test_operators_need_administrators_as_access_does() -> None:
    with pytest.raises(SettingsError, match="administrators: is missing, and with access, operators or"):
        read({**with_operators({"readers": [ON_CALL]}), "administrators": []})


def test_an_entry_does_not_take_the_name_of_a_policy_of_the_operators() -> None:
    for name in ("operate-read", "operate-read-settings", "operate-write"):
        with pytest.raises(SettingsError, match="is what a policy of the operators is named for"):
            read(with_operators({"readers": [ON_CALL]}, access=[entry(name=name)]))
    assert read({**with_operators({}), "access": [entry(name="operate-read")]})


def test_without_operators_nothing_is_made_for_them() -> None:
    empties: list[Any] = [{}, "", "{}"]
    for empty in empties:
        settings = read(with_operators(empty))
        assert settings.operators is None
        assert operator_grants(settings) == ()


def test_too_many_operators_for_one_policy_are_found_before_aws_finds_them() -> None:
    crowd = tuple(f"arn:aws:iam::123456789012:role/{'r' * 40}{number}" for number in range(70))
    (mistake,) = over_limits(plan_of(readers=crowd))
    assert (mistake.key, "acme-tfstate-operate-read-settings" in mistake.problem) == ("operators", True)
    assert isinstance(mistake.value, int)
    assert mistake.value > POLICY_CHARACTERS
    entries = [entry(name=f"e{number}", states=[f"prod/s{number}"], principals=[ENGINEER]) for number in range(8)]
    states = {"prod": [f"s{number}" for number in range(8)]}
    (mistake,) = over_limits(plan_of(access=entries, states=states))
    assert "the policies of engineer" in mistake.problem


def test_operators_belong_and_the_buckets_let_them_in() -> None:
    settings = plan_of(writers=(USER, SSO)).settings
    who = guard(settings)
    assert who is not None
    assert {ON_CALL, USER, SSO} <= set(who.members)
    assert {ON_CALL, USER, SSO}.isdisjoint({*who.administrators, *who.break_glass})


def test_readers_get_what_reads_and_writers_get_all_but_single_sign_on_names_the_policies_itself() -> None:
    settings = plan_of(readers=(ON_CALL, SSO), writers=(ENGINEER, USER)).settings
    got = {grant.policy_name: (grant.attach_roles, grant.attach_users) for grant in operator_grants(settings)}
    assert got == {
        "acme-tfstate-operate-read": (("on-call", "engineer"), ("alice",)),
        "acme-tfstate-operate-read-settings": (("on-call", "engineer"), ("alice",)),
        "acme-tfstate-operate-write": (("engineer",), ("alice",)),
    }
    only_readers = plan_of(writers=()).settings
    assert [grant.operation for grant in operator_grants(only_readers)] == [
        Operation.READ,
        Operation.READ_SETTINGS,
    ]


@pytest.fixture(scope="module")
def prod() -> Recording:
    return run_program(stack_config("prod"), stack="prod")


def test_the_program_makes_each_policy_and_attaches_it(prod: Recording) -> None:
    policies = {made.name: made for made in prod.of_type("aws:iam/policy:Policy") if "-operate-" in made.name}
    assert {made.inputs["name"]: made.inputs["path"] for made in policies.values()} == dict.fromkeys(
        (
            "acme-prod-tfstate-operate-read",
            "acme-prod-tfstate-operate-read-settings",
            "acme-prod-tfstate-operate-write",
        ),
        "/terraform-state/",
    )
    attached = [
        (made.name.removeprefix("terraform-state-operate-"), made.inputs["role"])
        for made in prod.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if "-operate-" in made.name
    ]
    assert sorted(attached) == [
        ("read-settings-to-role-on-call", "on-call"),
        ("read-settings-to-role-platform-engineer", "platform-engineer"),
        ("read-to-role-on-call", "on-call"),
        ("read-to-role-platform-engineer", "platform-engineer"),
        ("write-to-role-platform-engineer", "platform-engineer"),
    ]


def test_the_policies_name_the_keys_that_were_made(prod: Recording) -> None:
    keys = {made.name: made.inputs["policy"] for made in prod.of_type("aws:iam/policy:Policy")}
    made = prod.outputs
    for name in ("kms_key_arn", "replica_kms_key_arn"):
        for operation in (Operation.READ, Operation.READ_SETTINGS, Operation.WRITE):
            assert made[name] in keys[f"terraform-state-{operation}-policy"]


def test_a_user_gets_the_policies_as_a_role_does() -> None:
    operators = {"writers": ["arn:aws:iam::111111111111:user/alice"]}
    recording = run_program({**stack_config("prod"), "state-backend:operators": operators}, stack="prod")
    assert recording.error is None
    attached = recording.of_type("aws:iam/userPolicyAttachment:UserPolicyAttachment")
    assert [made.inputs["user"] for made in attached] == ["alice"] * 3

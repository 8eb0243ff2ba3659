"""One region writes a state at a time: what the bucket policies say of it, and how it is read back from them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

from blueprint.policy_document import policy, to_json
from blueprint.standby import AT_HOME, REPLICAS, UNLOCKS, WRITES, Home, Standby, standby_of, standby_statements
from tests.unit.program import Recording, UnansweredError, run_program, stack_config

BUCKET = "arn:aws:s3:::acme-tfstate"
ADMINISTRATOR = "arn:aws:iam::123456789012:role/platform"
PIPELINE = "arn:aws:iam::123456789012:role/pipeline"
MOVED, STAYED = "prod/network/terraform.tfstate", "dev/network/terraform.tfstate"


def document(home: Home, standby: Standby, *, takes_replicas: bool = True) -> dict[str, Any]:
    made = standby_statements(BUCKET, home, standby, trusted=[ADMINISTRATOR], takes_replicas=takes_replicas)
    read: dict[str, Any] = json.loads(to_json(policy(*made)))
    return read


def denied_by(read: dict[str, Any], action: str, key: str, who: str = PIPELINE) -> str | None:
    """The statement that refuses a request; ``None`` where none does."""
    if not read["Statement"]:
        return None
    context = EvalContext(
        principal_arn=who,
        principal_type="AssumedRole",
        principal_account="123456789012",
        action=action,
        resource_arn=f"{BUCKET}/{key}",
        region="eu-central-1",
    )
    found = evaluate_resource_policy(read, context)
    return found.matched_sid if found.decision == "Deny" else None


PUT, DELETE, REPLICATE = "s3:PutObject", "s3:DeleteObject", "s3:ReplicateObject"


def test_before_any_failover_the_first_region_writes_and_the_second_takes_replicas_alone() -> None:
    first, second = document(Home.FIRST, AT_HOME.first), document(Home.SECOND, AT_HOME.second)
    for key in (MOVED, f"env:/blue/{MOVED}", f"{MOVED}.tflock"):
        assert denied_by(first, PUT, key) is None
        assert denied_by(second, PUT, key) == WRITES
        assert denied_by(second, DELETE, key) == WRITES
        assert denied_by(second, PUT, key, ADMINISTRATOR) is None
        assert denied_by(second, REPLICATE, key) is None


def test_after_a_failover_of_everything_the_regions_have_changed_places() -> None:
    first, second = document(Home.FIRST, Standby(rest=True)), document(Home.SECOND, Standby())
    for key in (MOVED, f"env:/blue/{MOVED}"):
        assert denied_by(first, PUT, key) == WRITES
        assert denied_by(first, DELETE, key) == WRITES
        assert denied_by(first, PUT, key, ADMINISTRATOR) is None
        assert denied_by(first, REPLICATE, key) is None
        assert denied_by(second, PUT, key) is None
        assert denied_by(second, REPLICATE, key) == REPLICAS


def test_a_lockfile_in_the_frozen_region_can_be_asked_for_and_not_be_freed() -> None:
    """Terraform then reads in it where the state went; with the write denied it would only say: access denied."""
    for standby in (Standby(rest=True), Standby(keys=frozenset({MOVED}))):
        first = document(Home.FIRST, standby)
        assert denied_by(first, PUT, f"{MOVED}.tflock") is None
        assert denied_by(first, DELETE, f"{MOVED}.tflock") == UNLOCKS
        assert denied_by(first, DELETE, f"{MOVED}.tflock", ADMINISTRATOR) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Standby(keys=frozenset({MOVED})), Standby(rest=True, keys=frozenset({MOVED}))),
        (Standby(rest=True, keys=frozenset({STAYED})), Standby(keys=frozenset({STAYED}))),
    ],
)
def test_after_a_failover_of_some_each_state_has_one_region(first: Standby, second: Standby) -> None:
    policies = {Home.FIRST: document(Home.FIRST, first), Home.SECOND: document(Home.SECOND, second)}
    for key, home in ((MOVED, Home.SECOND), (STAYED, Home.FIRST)):
        for state in (key, f"env:/blue/{key}"):
            assert denied_by(policies[home], PUT, state) is None
            assert denied_by(policies[home], REPLICATE, state) == REPLICAS
            assert denied_by(policies[home.other], PUT, state) == WRITES
            assert denied_by(policies[home.other], REPLICATE, state) is None
            assert denied_by(policies[home], DELETE, f"{state}.tflock") is None
            assert denied_by(policies[home.other], DELETE, f"{state}.tflock") in {WRITES, UNLOCKS}


def test_whoever_fails_over_in_a_stack_without_administrators_is_spared() -> None:
    standby = Standby(rest=True, exempt=(PIPELINE,))
    made = standby_statements(BUCKET, Home.SECOND, standby, trusted=[], takes_replicas=True)
    read = json.loads(to_json(policy(*made)))
    assert denied_by(read, PUT, MOVED, PIPELINE) is None
    assert denied_by(read, PUT, MOVED, ADMINISTRATOR) == WRITES


KEYS = st.frozensets(st.sampled_from(["a/b/terraform.tfstate", MOVED, STAYED, "x/y z/ü.tfstate"]))
STANDBYS = st.builds(
    Standby, rest=st.booleans(), keys=KEYS, exempt=st.sampled_from([(), (PIPELINE,), (PIPELINE, PIPELINE + "2")])
)


@given(standby=STANDBYS, home=st.sampled_from(Home), unsaid=STANDBYS)
def test_what_the_policies_say_is_read_back(standby: Standby, home: Home, unsaid: Standby) -> None:
    read = standby_of(document(home, standby), BUCKET, trusted=[ADMINISTRATOR], unsaid=unsaid)
    if standby.rest or standby.keys:
        assert read == standby
    else:
        assert (read.rest, read.keys) == (False, frozenset())


def test_a_policy_from_before_there_was_a_standby_says_nothing() -> None:
    older: list[dict[str, Any] | None] = [None, {"Statement": []}, {"Statement": {"Sid": "DenyInsecureTransport"}}]
    for said in older:
        assert standby_of(said, BUCKET, trusted=(), unsaid=AT_HOME.second) == AT_HOME.second


@pytest.fixture(scope="module")
def fresh() -> Recording:
    return run_program(stack_config("prod"), stack="prod")


def policies_in(recording: Recording) -> dict[Home, dict[str, Any]]:
    """The policies of the two state buckets, as the program makes them."""
    names = {
        Home.FIRST: "terraform-state-primary-bucket-policy",
        Home.SECOND: "terraform-state-replica-bucket-policy",
    }
    return {home: json.loads(recording.named(name).inputs["policy"]) for home, name in names.items()}


def live(recording: Recording, **said: Standby | UnansweredError) -> dict[str, str | UnansweredError]:
    """The policies that the two buckets have, by their names."""
    names = {"first": recording.outputs["state_bucket_name"], "second": recording.outputs["replica_bucket_name"]}
    made: dict[str, str | UnansweredError] = {}
    for home, standby in said.items():
        arn = f"arn:aws:s3:::{names[home]}"
        made[names[home]] = (
            standby
            if isinstance(standby, UnansweredError)
            else to_json(policy(*standby_statements(arn, Home(home), standby, trusted=[], takes_replicas=True)))
        )
    return made


def sids(document: dict[str, Any]) -> set[str]:
    return {statement["Sid"] for statement in document["Statement"]}


def test_a_fresh_stack_lets_the_first_region_write(fresh: Recording) -> None:
    made = policies_in(fresh)
    assert not {WRITES, UNLOCKS} & sids(made[Home.FIRST])
    assert WRITES in sids(made[Home.SECOND])


def test_pulumi_up_does_not_lift_a_freeze_by_accident(fresh: Recording) -> None:
    policies = live(fresh, first=Standby(rest=True), second=Standby())
    made = policies_in(run_program(stack_config("prod"), stack="prod", policies=policies))
    assert {WRITES, UNLOCKS} <= sids(made[Home.FIRST])
    assert REPLICAS in sids(made[Home.SECOND])
    assert WRITES not in sids(made[Home.SECOND])


def test_pulumi_up_does_not_keep_a_freeze_that_was_lifted(fresh: Recording) -> None:
    policies = live(fresh, first=AT_HOME.first, second=AT_HOME.second)
    after = policies_in(run_program(stack_config("prod"), stack="prod", policies=policies))
    assert after == policies_in(fresh)


def test_a_policy_that_cannot_be_read_stops_pulumi_up_before_anything_is_made(fresh: Recording) -> None:
    policies = live(fresh, first=UnansweredError("AccessDenied"), second=AT_HOME.second)
    recording = run_program(stack_config("prod"), stack="prod", policies=policies)
    assert not recording.resources
    assert "s3:GetBucketPolicy" in str(recording.error)
    assert fresh.outputs["state_bucket_name"] in str(recording.error)

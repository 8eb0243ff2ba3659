"""``statectl doctor`` on a stack of which somebody changes one setting behind its back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from blueprint.promise.rules import RULES
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from statectl.doctor.finding import Finding, FindingKind
from statectl.doctor.settings import examine_settings
from statectl.exit_code import ExitCode
from tests.statectl.breakages import BREAKAGES
from tests.statectl.breakages.account import Account, Breakage
from tests.statectl.doctor_stack import REVIEWER, doctor_stack, somebody
from tests.statectl.stack import Stack

Look = Callable[[str], list[Finding]]

UNBREAKABLE = {
    *("bucket.region", "table.arn", "table.key", "role.arn", "trail.arn"),  # AWS has no call that changes them
    *("table.replicas", "policy.description"),  # the emulated AWS has none
    *(
        id_ for id_ in RULES if id_.endswith(".exists") and id_ != "alarm.exists"
    ),  # all are judged by the same lines
}
"""What no breakage here is about."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Stack:
    return doctor_stack(tmp_path_factory, engine, emulator)


@pytest.fixture(scope="module")
def look(own: Stack) -> Look:
    """What the doctor says of resources of one kind; with clients that are kept, since each takes long to make."""
    client = cache(own.deployment.client)

    def look(kind: str) -> list[Finding]:
        looked = examine_settings(client, own.deployment.plan, own.outputs, lambda id_: id_.startswith(f"{kind}."))
        return [finding for examination in looked for finding in examination.findings]

    return look


@pytest.fixture(scope="module")
def account(own: Stack) -> Account:
    return Account(own)


@pytest.fixture
def broken(account: Account) -> Iterator[Callable[[Breakage], None]]:
    """Changes settings, and puts them back when the test is over."""
    with ExitStack() as undo:

        def change(breakage: Breakage) -> None:
            undo.callback(breakage.change(account))

        yield change


def test_a_fresh_stack_is_in_order_whether_pulumi_or_the_stack_file_says_what_it_is(own: Stack) -> None:
    by_file = own.operator().do("doctor")
    assert by_file.out == ""
    assert "all are in order" in by_file.err
    assert own.operator(pulumi=True).json("doctor") == []


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda one: f"{one.id} {one.setting}")
def test_one_changed_setting_is_the_one_finding(
    look: Look, broken: Callable[[Breakage], None], breakage: Breakage
) -> None:
    broken(breakage)
    (finding,) = look(breakage.id.partition(".")[0])
    assert (finding.id, finding.setting) == (breakage.id, breakage.setting)
    assert (finding.kind, finding.action) == (FindingKind.PROBLEM, None)
    assert (finding.region, finding.controls) == (breakage.region, RULES[finding.id].controls_of(_part(breakage)))
    assert finding.resource.endswith(breakage.resource)
    assert finding.expected != finding.found
    assert finding.fix


def test_every_setting_that_can_be_changed_is_changed_by_one_of_these_tests() -> None:
    assert {breakage.id for breakage in BREAKAGES} | UNBREAKABLE == set(RULES)


def test_several_findings_come_with_the_worst_first_and_end_with_three(
    own: Stack, broken: Callable[[Breakage], None]
) -> None:
    chosen = ("bucket.tags", "bucket.logging", "table.recovery", "key.rotation", "role.trust", "alarm.actions")
    for id_ in chosen:
        broken(next(breakage for breakage in BREAKAGES if breakage.id == id_))
    found = own.operator().run("doctor", "--json", "--only", "bucket", "--only", "key", "--only", "role")
    assert found.code == ExitCode.FOUND
    told = [(row["severity"], row["id"]) for row in found.json()]
    assert told == [
        ("high", "role.trust"),
        ("medium", "key.rotation"),
        ("medium", "bucket.logging"),
        ("low", "bucket.tags"),
    ]
    table = own.operator().run("doctor")
    assert len(table.out.splitlines()) == 1 + len(chosen)
    assert "1 high, 3 medium, 2 low" in table.err


def test_after_all_of_them_were_undone_the_stack_is_in_order(own: Stack) -> None:
    assert own.operator().json("doctor") == []


def test_clients_are_made_in_one_thread_since_boto3_makes_them_in_no_other_way(own: Stack) -> None:
    made_in: set[int] = set()

    def client(service: str, region: str) -> Any:
        made_in.add(threading.get_ident())
        return own.deployment.client(service, region)

    looked = list(examine_settings(client, own.deployment.plan, {}, lambda id_: id_.startswith("role")))
    assert all(examination.answered for examination in looked)
    assert made_in == {threading.get_ident()}


def test_what_a_role_may_not_read_is_named_with_the_action_and_hides_nothing_else(own: Stack) -> None:
    told = somebody(
        own, REVIEWER, "s3:GetBucketPolicy", "kms:DescribeKey", "iam:ListRolePolicies", "dynamodb:Scan"
    ).json("doctor")
    assert {finding["kind"] for finding in told} == {"not-checked"}
    by_action: dict[str, set[str]] = {}
    for finding in told:
        by_action.setdefault(finding["action"], set()).add(finding["id"])
        assert f"access denied: {finding['action']}" in finding["found"]
        assert finding["action"] in finding["fix"]
    assert by_action == {
        "s3:GetBucketPolicy": {"bucket.policy"},
        "kms:DescribeKey": {
            f"key.{setting}" for setting in ("state", "description", "rotation", "policy", "tags")
        },
        "iam:ListRolePolicies": {"role.inline"},
        "dynamodb:Scan": {"state.digest", "digest.stray", "lock.old", "lock.stray"},
    }


def test_what_is_broken_shows_beside_what_may_not_be_read(own: Stack, broken: Callable[[Breakage], None]) -> None:
    broken(next(breakage for breakage in BREAKAGES if breakage.id == "bucket.encryption"))
    told = somebody(own, REVIEWER, "kms:DescribeKey").run("doctor", "--only", "bucket", "--json")
    assert [(finding["kind"], finding["id"]) for finding in told.json()] == [("problem", "bucket.encryption")]
    assert told.code == ExitCode.FOUND


def test_where_nothing_at_all_may_be_read_it_ends_with_five(own: Stack) -> None:
    only = [f"--only={kind}" for kind in ("bucket", "key", "state")]
    told = somebody(own, "stranger", "*").run("doctor", "--json", *only)
    assert told.code == ExitCode.DENIED
    assert {finding["kind"] for finding in told.json()} == {"not-checked"}
    assert "access denied" in told.err


def test_without_a_stack_there_is_nothing_to_compare_with(own: Stack) -> None:
    refused = own.operator().run("doctor", "--stack", "", "--bucket", own.bucket, "--region", "eu-central-1")
    assert (refused.code, "--stack" in refused.err) == (ExitCode.USAGE, True)


def test_an_id_that_no_rule_has_is_refused(own: Stack) -> None:
    refused = own.operator().run("doctor", "--only", "buckets")
    assert (refused.code, "bucket, replication, table" in refused.err) == (ExitCode.USAGE, True)


def _part(breakage: Breakage) -> str:
    return breakage.setting.partition(": ")[2]

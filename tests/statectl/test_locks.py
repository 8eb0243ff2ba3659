"""Locks as an operator sees and breaks them; real Terraform takes them."""

import json
from collections.abc import Iterator

import pytest

from localcloud import locking
from settings.model import Lock
from statectl.exit_code import ExitCode
from statefile.keys import lock_id, lockfile_key
from tests.access.stack import apply
from tests.statectl.stack import Stack

KEY = "prod/network/terraform.tfstate"
PLACES = {Lock.LOCKFILE: ["lockfile"], Lock.DYNAMODB: ["table"], Lock.BOTH: ["lockfile", "table"]}


@pytest.fixture
def crashed(stack: Stack) -> Iterator[str]:
    """The ID of the lock that an apply left behind when it was killed."""
    here = stack.terraform(KEY)
    with locking.holding(here, apply("never")) as first:
        first.crash()
    (held,) = stack.operator().json("locks", "ls")
    yield held["id"]
    for left in stack.operator().json("locks", "ls"):
        stack.operator().do("locks", "break", left["key"], left["id"], "--reason", "test is over", "--yes")


def test_a_killed_applys_lock_is_one_line_whatever_the_kind(stack: Stack, crashed: str) -> None:
    (held,) = stack.operator().json("locks", "ls")
    assert held["key"] == KEY
    assert held["places"] == PLACES[stack.lock]
    assert held["missing"] == []
    assert held["operation"] == "OperationTypeApply"
    assert held["version"].startswith("1.")
    assert "@" in held["who"]
    assert 0 <= held["age_seconds"] < 120
    shown = stack.operator().run("locks", "ls")
    assert crashed in shown.out
    assert len(shown.out.splitlines()) == 2


def test_one_states_lock_is_shown_with_an_exit_code_that_says_so(stack: Stack, crashed: str) -> None:
    shown = stack.operator().run("locks", "show", "prod/network", "--json")
    assert (shown.code, shown.json()[0]["id"]) == (ExitCode.LOCKED, crashed)
    free = stack.operator().do("locks", "show", "prod/database")
    assert "Nobody holds the lock" in free.err


def test_only_locks_held_for_longer_are_listed_and_then_it_ends_with_three(stack: Stack, crashed: str) -> None:
    old = stack.operator().run("locks", "ls", "--older-than", "0s")
    assert (old.code, crashed in old.out) == (ExitCode.FOUND, True)
    young = stack.operator().do("locks", "ls", "--older-than", "1d")
    assert young.out == ""


def test_a_broken_lock_is_gone_from_every_place_and_terraform_goes_on(stack: Stack, crashed: str) -> None:
    broken = stack.operator().do("locks", "break", "prod/network", crashed, "--reason", "the runner died", "--yes")
    (line,) = broken.out.splitlines()
    assert f'lock="{crashed}"' in line
    assert f'state="{stack.bucket}/{KEY}"' in line
    assert 'reason="the runner died"' in line
    assert f'broken_in="{",".join(reversed(PLACES[stack.lock]))}"' in line
    assert "Acting as arn:aws:iam::" in broken.err
    stack.terraform(KEY).do(apply("after", "-auto-approve"))
    assert stack.operator().json("locks", "ls") == []


def test_a_dry_run_shows_what_would_be_deleted_and_deletes_nothing(stack: Stack, crashed: str) -> None:
    dry = stack.operator().do("locks", "break", "prod/network", crashed, "--reason", "look", "--dry-run")
    assert dry.out == ""
    assert dry.err.count("Would free") == len(PLACES[stack.lock])
    assert [held["id"] for held in stack.operator().json("locks", "ls")] == [crashed]


def test_without_a_person_and_without_yes_nothing_is_broken(both: Stack) -> None:
    operator = both.operator()
    both.s3().put_object(
        Bucket=both.bucket, Key=lockfile_key(KEY), Body=json.dumps({"ID": "a"}).encode(), IfNoneMatch="*"
    )
    refused = operator.run("locks", "break", "prod/network", "a", "--reason", "why not")
    assert refused.code == ExitCode.USAGE
    assert "--yes" in refused.err
    (held,) = operator.json("locks", "ls")
    assert (held["places"], held["missing"]) == (["lockfile"], ["table"])
    assert "lockfile only" in operator.do("locks", "ls").out
    operator.do("locks", "break", "prod/network", "a", "--reason", "now", "--yes")


def test_another_id_breaks_nothing_and_says_whose_lock_it_is(both: Stack) -> None:
    operator = both.operator()
    both.dynamodb().put_item(
        TableName=both.table,
        Item={"LockID": {"S": lock_id(both.bucket, KEY)}, "Info": {"S": json.dumps({"ID": "newer"})}},
    )
    refused = operator.run("locks", "break", "prod/network", "older", "--reason", "mine", "--yes")
    assert (refused.code, refused.out) == (ExitCode.LOCKED, "")
    assert "held is newer (in the table)" in refused.err
    operator.do("locks", "break", "prod/network", "newer", "--reason", "test is over", "--yes")
    gone = operator.run("locks", "break", "prod/network", "newer", "--reason", "again", "--yes")
    assert (gone.code, "nobody holds the lock" in gone.err) == (ExitCode.FAILED, True)

"""A state that was lost or spoilt comes back, and Terraform goes on with it."""

import json

import pytest

from localcloud.terraform import Workdir
from statectl.exit_code import ExitCode
from statefile.keys import digest_id
from tests.access.stack import apply
from tests.statectl.stack import Stack

KEY = "prod/queue/terraform.tfstate"


@pytest.fixture
def applied(stack: Stack) -> Workdir:
    """Terraform after an apply."""
    here = stack.terraform(KEY)
    here.do(apply("good", "-auto-approve"))
    return here


def spoil(stack: Stack, body: bytes | None) -> None:
    """Overwrite the state behind Terraform's back, or delete it."""
    if body is None:
        stack.s3().delete_object(Bucket=stack.bucket, Key=KEY)
    else:
        stack.s3().put_object(Bucket=stack.bucket, Key=KEY, Body=body)


@pytest.mark.parametrize(
    ("body", "condition", "reason"),
    [
        (None, "deleted", "was deleted on"),
        (b'{"version": 4, "serial": 70, "lineage": "x", "resou', "unreadable", "is cut off"),
    ],
)
def test_a_lost_state_is_recognised_and_comes_back(
    stack: Stack, applied: Workdir, body: bytes | None, condition: str, reason: str
) -> None:
    before = applied.state()
    spoil(stack, body)
    said = stack.operator().run("recover", "prod/queue")
    assert said.code == ExitCode.FOUND
    assert f"{condition}: it {reason}" in said.out
    listed = stack.operator().run("recover")
    assert (listed.code, KEY in listed.out) == (ExitCode.FOUND, True)
    stack.operator().do("recover", "prod/queue", "--yes")
    after = applied.state()
    assert {**after, "serial": 0} == {**before, "serial": 0}
    assert after["serial"] > max(before["serial"], 0 if body is None else 70)
    plan = applied.run(["plan", "-no-color", "-detailed-exitcode", "-var=content=good"])
    assert plan.exit_code == 0, plan.stderr
    applied.do(apply("goes on", "-auto-approve"))
    assert stack.operator().do("recover", "prod/queue").code == ExitCode.FINE


def test_whatever_a_state_was_spoilt_with_it_comes_back(both: Stack) -> None:
    here = both.terraform(KEY)
    here.do(apply("good", "-auto-approve"))
    for body, reason in (
        (b"", "is empty"),
        (b"<html>502 Bad Gateway</html>", "is not JSON"),
        (b"[" * 1_000_000, "is nested too deeply"),
        (bytes(range(256)) * 10, "is not JSON"),
        (b'{"version": 3, "serial": 1, "lineage": "x", "modules": []}', "is of format version 3"),
        (b'{"version": 9, "serial": 1, "lineage": "x"}', "is of format version 9"),
    ):
        spoil(both, body)
        assert f"unreadable: it {reason}" in both.operator().run("recover", "prod/queue").out
        both.operator().do("recover", "prod/queue", "--yes")
    assert here.outputs()["content"] == "good"


def test_nothing_is_mended_without_a_yes(stack: Stack, applied: Workdir) -> None:
    spoil(stack, None)
    for arguments in ([], ["--dry-run"], ["--dry-run", "--yes"], ["--json", "--yes"]):
        assert stack.operator().run("recover", "prod/queue", *arguments).code == ExitCode.FOUND
    assert stack.operator().run("states", "show", "prod/queue").code == ExitCode.FAILED
    diagnosis = stack.operator().json("recover", "prod/queue")
    assert (diagnosis["condition"], diagnosis["cure"], diagnosis["good"]["resources"]) == ("deleted", "restore", 1)
    stack.operator().do("recover", "prod/queue", "--yes")


def remember(stack: Stack, value: str) -> None:
    item = {"LockID": {"S": digest_id(stack.bucket, KEY)}, "Digest": {"S": value}}
    stack.dynamodb().put_item(TableName=stack.table, Item=item)


def test_a_digest_that_was_not_written_is_and_terraform_reads_again(both: Stack) -> None:
    here = both.terraform(KEY)
    here.do(apply("old", "-auto-approve"))
    old = both.dynamodb().get_item(TableName=both.table, Key={"LockID": {"S": digest_id(both.bucket, KEY)}})[
        "Item"
    ]["Digest"]["S"]
    here.do(apply("new", "-auto-approve"))
    remember(both, old)
    refused = here.run(["plan", "-no-color"])
    assert "does not have the expected content" in " ".join(refused.stderr.replace("│", " ").split())
    diagnosis = both.operator().json("recover", "prod/queue")
    assert (diagnosis["condition"], diagnosis["cure"]) == ("digest differs", "write digest")
    both.operator().do("recover", "prod/queue", "--yes")
    assert here.outputs()["content"] == "new"


def test_a_state_that_an_older_one_replaced_by_hand_comes_back(both: Stack) -> None:
    here = both.terraform(KEY)
    here.do(apply("old", "-auto-approve"))
    stale = json.dumps(here.state()).encode()
    here.do(apply("new", "-auto-approve"))
    spoil(both, stale)
    diagnosis = both.operator().json("recover", "prod/queue")
    assert (diagnosis["condition"], diagnosis["cure"]) == ("digest differs", "restore")
    assert "was replaced by serial" in diagnosis["reason"]
    both.operator().do("recover", "prod/queue", "--yes")
    assert here.outputs()["content"] == "new"


def test_what_was_never_written_is_told_from_what_was_lost(both: Stack) -> None:
    said = both.operator().run("recover", "dev/never")
    assert (said.code, "never written" in said.out) == (ExitCode.FOUND, True)
    assert "no good version is left" in said.out

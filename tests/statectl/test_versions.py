"""Versions: what a state was, what changed, and having it back, with real Terraform before and after."""

from typing import Any

import pytest

from localcloud import locking
from localcloud.terraform import Workdir
from settings.model import Lock
from statectl.exit_code import ExitCode
from statefile.keys import lock_id, lockfile_key
from statefile.state import digest
from tests.access.stack import apply
from tests.statectl.stack import Stack

KEY = "prod/network/terraform.tfstate"


@pytest.fixture
def applied(stack: Stack) -> Workdir:
    """Terraform after two applies of the same state."""
    here = stack.terraform(KEY)
    here.do(apply("first", "-auto-approve"))
    here.do(apply("second", "-auto-approve"))
    return here


def plan_of(here: Workdir, content: str) -> int:
    """The exit code of a plan: 0 where nothing is to do, 2 where something is."""
    return here.run(["plan", "-no-color", "-detailed-exitcode", f"-var=content={content}"]).exit_code


def test_the_newest_version_comes_first_with_what_it_changed(stack: Stack, applied: Workdir) -> None:
    newest, before, *_ = stack.operator().json("versions", "ls", "prod/network")
    assert newest["latest"]
    assert (newest["serial"], before["serial"]) == (applied.state()["serial"], applied.state()["serial"] - 1)
    assert (newest["added"], newest["changed"], newest["removed"]) == (0, 2, 0)
    assert newest["modified"] >= before["modified"]
    first = stack.operator().do("versions", "ls", "prod/network", "--limit", "1")
    assert len(first.out.splitlines()) == 2
    assert "There are older ones" in first.err


def test_a_difference_names_what_changed_and_shows_values_only_when_asked(stack: Stack, applied: Workdir) -> None:
    hidden = stack.operator().do("versions", "diff", "prod/network")
    assert "~ terraform_data.this" in hidden.out
    assert "~ output.content" in hidden.out
    assert "    input" in hidden.out
    assert "second" not in hidden.out + hidden.err
    assert '"first" -> "second"' in stack.operator().do("versions", "diff", "prod/network", "--show-values").out
    changes = stack.operator().json("versions", "diff", "prod/network")
    assert {value["after"] for change in changes for value in change["values"]} == {None}


def test_a_version_shows_names_and_the_whole_state_only_when_asked(stack: Stack, applied: Workdir) -> None:
    shown = stack.operator().do("versions", "show", "prod/network", "latest-1")
    assert "terraform_data.this" in shown.out
    assert "first" not in shown.out
    assert '"first"' in stack.operator().do("versions", "show", "prod/network", "latest-1", "--show-values").out


def test_after_a_restore_the_plan_is_clean_and_the_next_apply_goes_on(stack: Stack, applied: Workdir) -> None:
    before = applied.state()
    restored = stack.operator(pulumi=True).do("versions", "restore", "prod/network", "latest-1", "--yes")
    assert restored.out == ""
    assert f"as serial {before['serial'] + 1}" in restored.err
    after = applied.state()
    assert (after["serial"], after["lineage"]) == (before["serial"] + 1, before["lineage"])
    assert plan_of(applied, "first") == 0
    applied.do(apply("third", "-auto-approve"))
    assert applied.state()["serial"] > after["serial"]
    assert stack.operator().json("locks", "ls") == []
    assert stack.operator().run("recover", KEY).code == ExitCode.FINE


def test_a_restore_writes_under_the_stacks_key_and_the_digest_of_what_it_wrote(both: Stack) -> None:
    here = both.terraform(KEY)
    here.do(apply("one", "-auto-approve"))
    here.do(apply("two", "-auto-approve"))
    both.operator(pulumi=True).do("versions", "restore", KEY, "latest-1", "--yes")
    written = both.s3().get_object(Bucket=both.bucket, Key=KEY)
    assert written["SSEKMSKeyId"] == both.outputs["kms_key_arn"]
    item = both.dynamodb().get_item(TableName=both.table, Key={"LockID": {"S": f"{both.bucket}/{KEY}-md5"}})
    assert item["Item"]["Digest"]["S"] == digest(written["Body"].read())


def test_a_workspace_and_a_key_of_any_letters_are_restored_like_another(both: Stack) -> None:
    here = both.terraform("dev/größe 12/terraform.tfstate", name="odd-restored")
    here.do(apply("one", "-auto-approve"))
    here.do(["workspace", "new", "blue"])
    here.do(apply("one of blue", "-auto-approve"))
    here.do(apply("two of blue", "-auto-approve"))
    state = ["dev/größe 12", "--workspace", "blue"]
    newest, *_ = both.operator().json("versions", "ls", *state)
    both.operator().do("versions", "restore", *state, "--yes", "latest-1")
    assert here.outputs()["content"] == "one of blue"
    assert here.state()["serial"] == newest["serial"] + 1
    here.do(["workspace", "select", "default"])
    assert here.outputs()["content"] == "one"


def test_a_dry_run_shows_the_steps_and_changes_nothing(stack: Stack, applied: Workdir) -> None:
    before = versions(stack)
    shown = stack.operator().do("versions", "restore", "prod/network", "latest-1", "--dry-run")
    steps = [line for line in shown.err.splitlines() if "would" in line]
    assert len(steps) == (5 if stack.lock is Lock.LOCKFILE else 6)
    assert versions(stack) == before
    assert stack.operator().json("locks", "ls") == []


def versions(stack: Stack) -> Any:
    found = stack.s3().list_object_versions(Bucket=stack.bucket, Prefix=KEY)
    return [(item["Key"], item["VersionId"]) for item in found["Versions"]]


def test_a_locked_state_is_not_restored_and_the_holder_is_named(stack: Stack, applied: Workdir) -> None:
    with locking.holding(applied, apply("held")) as first:
        refused = stack.operator().run("versions", "restore", "prod/network", "latest-1", "--yes")
        assert refused.code == ExitCode.LOCKED
        assert "OperationTypeApply" in refused.err
        first.approve()
    assert applied.outputs()["content"] == "held"


def test_a_lock_in_one_of_the_two_places_is_enough_to_refuse_and_leaves_the_other_free(both: Stack) -> None:
    s3, here = both.s3(), both.terraform(KEY)
    here.do(apply("one", "-auto-approve"))
    here.do(apply("two", "-auto-approve"))
    item = {"LockID": {"S": lock_id(both.bucket, KEY)}, "Info": {"S": '{"ID":"theirs","Who":"ann@host"}'}}
    both.dynamodb().put_item(TableName=both.table, Item=item)
    refused = both.operator().run("versions", "restore", KEY, "latest-1", "--yes")
    assert (refused.code, "ann@host" in refused.err) == (ExitCode.LOCKED, True)
    assert s3.list_objects_v2(Bucket=both.bucket, Prefix=lockfile_key(KEY))["KeyCount"] == 0
    both.operator().do("locks", "break", KEY, "theirs", "--reason", "test is over", "--yes")


def test_a_version_of_another_lineage_is_not_put_in_the_place_of_a_state(both: Stack) -> None:
    key = "dev/lineages/terraform.tfstate"
    here = both.terraform(key)
    here.do(apply("old", "-auto-approve"))
    both.s3().delete_object(Bucket=both.bucket, Key=key)
    both.dynamodb().delete_item(TableName=both.table, Key={"LockID": {"S": f"{both.bucket}/{key}-md5"}})
    here.do(apply("new", "-auto-approve"))
    refused = both.operator().run("versions", "restore", key, "latest-1", "--yes")
    assert refused.code == ExitCode.FAILED
    assert "it was another state" in refused.err
    assert here.outputs()["content"] == "new"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["versions", "restore", KEY], "one of VERSION and --resume is needed"),
        (["versions", "restore", KEY, "no-such-version"], "has no version no-such-version"),
        (["versions", "show", KEY, "latest-9999"], "has no version latest-9999"),
        (["versions", "ls", KEY, "--limit", "0"], "greater than or equal to 1"),
        (["versions", "restore", KEY, "--resume", "no-such-lock"], "no restore holds the lock no-such-lock"),
    ],
)
def test_a_wrong_call_says_what_to_write(both: Stack, arguments: list[str], message: str) -> None:
    refused = both.operator().run(*arguments)
    assert refused.code in {ExitCode.USAGE, ExitCode.LOCKED}
    assert message in " ".join(refused.err.split())


def test_a_delete_marker_is_no_version_to_restore(both: Stack) -> None:
    key = "dev/marker/terraform.tfstate"
    both.terraform(key).do(apply("once", "-auto-approve"))
    marker = both.s3().delete_object(Bucket=both.bucket, Key=key)["VersionId"]
    refused = both.operator().run("versions", "restore", key, marker, "--yes")
    assert (refused.code, "delete marker" in refused.err) == (ExitCode.USAGE, True)
    (deleted, written) = both.operator().json("versions", "ls", key)
    assert (deleted["deleted"], written["added"]) == (True, 2)

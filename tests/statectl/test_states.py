"""States as an operator sees them."""

import json
from typing import Any

import pytest

from localcloud.terraform import Workdir
from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.states.listing import with_lockfiles
from statefile.keys import digest_id, lockfile_key
from store.bucket import StoredObject
from tests.access.stack import apply
from tests.statectl.stack import Stack

KEY = "prod/database/terraform.tfstate"
ODD = "dev/schlüssel und λ/terraform.tfstate"


@pytest.fixture(scope="module")
def applied(stack: Stack) -> Workdir:
    """Terraform on a state that it wrote."""
    here = stack.terraform(KEY)
    here.do(apply("first", "-auto-approve"))
    return here


def row(stack: Stack, key: str) -> dict[str, Any]:
    (found,) = [row for row in stack.operator().json("states", "ls", key) if row["key"] == key]
    return dict(found)


def test_a_state_says_what_terraform_says_of_it(stack: Stack, applied: Workdir) -> None:
    state = applied.state()
    found = row(stack, KEY)
    assert (found["serial"], found["lineage"]) == (state["serial"], state["lineage"])
    assert (found["terraform_version"], found["resources"]) == (state["terraform_version"], 1)
    assert found["outputs"] == ["content"]
    assert (found["expected"], found["problem"], found["lock"]) == (True, None, [])
    assert found["digest"] == ("none" if stack.lock is Lock.LOCKFILE else "matches")
    assert found["replication"] == "COMPLETED"
    detail = stack.operator().json("states", "show", "prod/database")
    assert {**detail["state"], "written_by": None} == found
    assert detail["replica"]["serial"] == state["serial"]


def test_a_key_with_blanks_and_letters_of_any_language_is_a_state_like_another(both: Stack) -> None:
    here = both.terraform(ODD, name="odd")
    here.do(apply("odd", "-auto-approve"))
    assert row(both, ODD)["serial"] == here.state()["serial"]
    shown = both.operator().do("states", "show", ODD)
    assert f"key          {ODD}" in shown.out
    listed = both.operator().do("states", "ls", "--orphans")
    assert ODD in listed.out
    assert KEY not in listed.out


def test_a_workspace_is_listed_with_its_state(both: Stack) -> None:
    here = both.terraform("prod/queue/terraform.tfstate")
    here.do(apply("by default", "-auto-approve"))
    here.do(["workspace", "new", "blue"])
    here.do(apply("of blue", "-auto-approve"))
    found = row(both, "env:/blue/prod/queue/terraform.tfstate")
    assert (found["workspace"], found["expected"]) == ("blue", True)
    assert both.operator().json("states", "show", "prod/queue")["workspaces"] == ["blue"]
    of_blue = both.operator().json("states", "show", "prod/queue", "--workspace", "blue")
    assert of_blue["state"]["serial"] == here.state()["serial"]
    here.do(["workspace", "select", "default"])
    here.do(["workspace", "delete", "-force", "blue"])


def test_what_is_no_state_is_a_finding_among_the_others(both: Stack) -> None:
    s3, key = both.s3(), "dev/rubbish/terraform.tfstate"
    s3.put_object(Bucket=both.bucket, Key=key, Body=b'{"version": 4, "serial": 1, "lin')
    listed = both.operator().run("states", "ls")
    assert listed.code == ExitCode.FOUND
    assert "(is cut off)" in listed.out
    assert KEY in listed.out
    assert f"the first is {key}" in listed.err
    shown = both.operator().run("states", "show", key)
    assert (shown.code, "(is cut off)" in shown.out) == (ExitCode.FOUND, True)
    s3.delete_object(Bucket=both.bucket, Key=key)


def test_a_state_that_the_lock_table_does_not_remember_is_a_finding(both: Stack) -> None:
    key = "dev/forgotten/terraform.tfstate"
    both.terraform(key).do(apply("once", "-auto-approve"))
    item = {"LockID": {"S": digest_id(both.bucket, key)}, "Digest": {"S": "0" * 32}}
    both.dynamodb().put_item(TableName=both.table, Item=item)
    assert row(both, key)["digest"] == "differs"
    assert both.operator().run("states", "show", key).code == ExitCode.FOUND
    both.operator().do("recover", key, "--yes")
    assert row(both, key)["digest"] == "matches"
    assert both.operator().do("states", "show", key).code == ExitCode.FINE


def test_who_wrote_a_state_comes_from_the_audit_trail(both: Stack) -> None:
    both.terraform(KEY).do(apply("by whom", "-auto-approve"))
    version = row(both, KEY)["version_id"]
    assert both.operator().json("states", "show", KEY)["state"]["written_by"] is None
    assert both.deployment.plan.audit is not None
    group = both.deployment.plan.audit.log_group
    logs = both.deployment.client("logs", both.outputs["region"])
    logs.create_log_stream(logGroupName=group, logStreamName="events")
    ann = "arn:aws:sts::100000000013:assumed-role/deploy/ann"
    events = [event(both.bucket, KEY, version, ann), event(both.bucket, "another", "v", "eve"), "no JSON", "[]"]
    logs.put_log_events(
        logGroupName=group,
        logStreamName="events",
        logEvents=[{"timestamp": now(), "message": message} for message in events],
    )
    assert both.operator().json("states", "show", KEY)["state"]["written_by"] == ann
    assert f"by {ann}" in both.operator().do("states", "show", KEY).out
    assert both.operator().json("versions", "ls", KEY)[0]["written_by"] == ann
    listed = {one["key"]: one["written_by"] for one in both.operator().json("states", "ls", "--by")}
    assert {key for key, by in listed.items() if by == ann} == {KEY}


def now() -> int:
    import time  # noqa: PLC0415

    return int(time.time() * 1000)


def event(bucket: str, key: str, version: str, arn: str) -> str:
    """A data event of S3 as CloudTrail delivers it to a log group."""
    return json.dumps(
        {
            "eventVersion": "1.11",
            "eventSource": "s3.amazonaws.com",
            "eventName": "PutObject",
            "userIdentity": {"type": "AssumedRole", "arn": arn},
            "requestParameters": {"bucketName": bucket, "key": key},
            "responseElements": {"x-amz-version-id": version},
        }
    )


def test_a_state_of_fifty_megabytes_is_listed_compared_and_restored(both: Stack) -> None:
    key = "dev/large/terraform.tfstate"
    here = both.terraform(key)
    here.do(apply("x" * 100, "-auto-approve"))
    small = here.state()
    large = {**small, "serial": small["serial"] + 1, "outputs": {**small["outputs"], "filler": filler(50_000_000)}}
    (here.configuration / "large.tfstate").write_text(json.dumps(large))
    here.do(["state", "push", "large.tfstate"])
    found = row(both, key)
    assert found["size"] > 50_000_000
    assert (found["digest"], found["outputs"]) == ("matches", ["content", "filler"])
    changes = both.operator().json("versions", "diff", key)
    assert [change["address"] for change in changes] == ["output.filler"]
    here.do(apply("y", "-auto-approve"))
    both.operator().do("versions", "restore", key, "latest-1", "--yes")
    restored = row(both, key)
    assert (restored["serial"], restored["outputs"]) == (found["serial"] + 2, ["content", "filler"])
    both.s3().delete_object(Bucket=both.bucket, Key=key)


def filler(size: int) -> dict[str, Any]:
    return {"value": ["x" * 1000] * (size // 1000), "type": ["list", "string"]}


def test_a_lockfile_is_found_though_other_keys_come_between() -> None:
    def listed(*keys: str) -> list[StoredObject]:
        return [StoredObject(key=key, size=1, modified=None, etag="", storage_class="STANDARD") for key in keys]  # type: ignore[arg-type]

    state, other = "a/terraform.tfstate", "b/terraform.tfstate"
    keys = sorted([state, f"{state}-copy", f"{state}.backup", lockfile_key(state), other, lockfile_key("z")])
    found = [(item.key, locked) for item, locked in with_lockfiles(listed(*keys))]
    assert found == [(state, True), (f"{state}-copy", False), (f"{state}.backup", False), (other, False)]

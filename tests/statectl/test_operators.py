"""What the operators that a stack names may do with ``statectl``, on an AWS that enforces their policies."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from blueprint.standby import WRITES
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from statectl.exit_code import ExitCode
from statefile.keys import digest_id, lock_id, lockfile_key
from statefile.state import digest
from tests.integration.deployment import Deployment, client, role_credentials
from tests.statectl.emulated_leave import emulated_leave
from tests.statectl.operator import Operator
from tests.statectl.regions import Regions, state
from tests.statectl.stack import ACCOUNTS, Stack, config

ACCOUNT = "100000000041"
STATE, KEY = "prod/network", "prod/network/terraform.tfstate"
READING = {
    "states ls": ("states", "ls"),
    "states show": ("states", "show", STATE),
    "versions ls": ("versions", "ls", STATE),
    "versions show": ("versions", "show", STATE),
    "versions diff": ("versions", "diff", STATE),
    "locks ls": ("locks", "ls"),
    "locks show": ("locks", "show", STATE),
    "recover": ("recover", STATE, "--dry-run"),
    "access check": ("access", "check", STATE, "--as", "acme-tfstate-access-pipeline"),
    "replication status": ("replication", "status"),
    "failover plan": ("failover", "plan"),
    "failover status": ("failover", "status"),
    "doctor": ("doctor",),
    "cost": ("cost",),
}


def body(serial: int) -> bytes:
    """A state that somebody wrote."""
    return json.dumps(
        {
            "version": 4,
            "terraform_version": "1.9.0",
            "serial": serial,
            "lineage": "6f3ce6f0-5a1b-4f9f-9d39-1d6c2f1a5d11",
            "outputs": {"id": {"value": f"v{serial}", "type": "string"}},
            "resources": [],
        }
    ).encode()


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Stack:
    """A stack with both locks that names operators, and a state in it that was written twice."""
    folder = tmp_path_factory.mktemp("operated")
    own = json.loads(json.dumps(config(Lock.BOTH)).replace(ACCOUNTS[Lock.BOTH], ACCOUNT))
    role = f"arn:aws:iam::{ACCOUNT}:role"
    own["state-backend:operators"] = {"readers": [f"{role}/on-call"], "writers": [f"{role}/engineer"]}
    pipeline: dict[str, Any] = {"name": "pipeline", "states": ["prod/*"], "mode": "write"}
    pipeline["accounts"] = [{"id": "999999999901", "externalId": "pipeline-of-prod"}]
    own["state-backend:access"] = [pipeline]
    deployment = Deployment.prepare("operated", folder, engine, emulator, config=own)
    deployment.up()
    made = Stack(lock=Lock.BOTH, deployment=deployment, outputs=deployment.outputs(), folder=folder / "terraform")
    for serial in (1, 2):
        made.s3().put_object(Bucket=made.bucket, Key=KEY, Body=body(serial))
    item = {"LockID": {"S": digest_id(made.bucket, KEY)}, "Digest": {"S": digest(body(2))}}
    made.dynamodb().put_item(TableName=made.table, Item=item)
    return made


def credentials(stack: Stack, name: str) -> dict[str, str]:
    return role_credentials(stack.deployment.emulator, ACCOUNT, name, emulated_leave(stack.deployment.plan))


def act_as(stack: Stack, name: str) -> Operator:
    return stack.operator(credentials(stack, name))


def client_of(stack: Stack, name: str, service: str) -> Any:
    return client(stack.deployment.emulator, service, stack.outputs["region"], credentials(stack, name))


@pytest.fixture
def locked(operated: Stack) -> Iterator[str]:
    """The ID of a lock that somebody holds in both places."""
    text = json.dumps({"ID": "held", "Operation": "OperationTypeApply", "Who": "ci@runner"})
    item_id = {"LockID": {"S": lock_id(operated.bucket, KEY)}}
    operated.s3().put_object(Bucket=operated.bucket, Key=lockfile_key(KEY), Body=text.encode(), IfNoneMatch="*")
    operated.dynamodb().put_item(TableName=operated.table, Item={**item_id, "Info": {"S": text}})
    yield "held"
    operated.s3().delete_object(Bucket=operated.bucket, Key=lockfile_key(KEY))
    operated.dynamodb().delete_item(TableName=operated.table, Key=item_id)


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize("who", ["on-call", "engineer"])
def test_every_command_that_looks_is_answered_whole(operated: Stack, who: str, command: str) -> None:
    outcome = act_as(operated, who).do(*READING[command])
    said = outcome.out + outcome.err
    assert "access denied" not in said
    assert "not-checked" not in said
    assert "for want of" not in said


def test_a_reader_sees_who_holds_a_lock_and_is_clearly_denied_to_break_it(operated: Stack, locked: str) -> None:
    reader = act_as(operated, "on-call")
    (held,) = reader.json("locks", "ls")
    assert (held["id"], held["who"], held["places"]) == (locked, "ci@runner", ["lockfile", "table"])
    refused = reader.run("locks", "break", STATE, locked, "--reason", "the runner died", "--yes")
    assert refused.code == ExitCode.DENIED
    assert "access denied: dynamodb:DeleteItem on table acme-tfstate-locks" in refused.err
    assert reader.json("locks", "ls") == [held]


def test_a_reader_is_clearly_denied_to_restore_and_the_state_stays(operated: Stack) -> None:
    reader = act_as(operated, "on-call")
    (before, older, *_) = reader.json("versions", "ls", STATE)
    refused = reader.run("versions", "restore", STATE, older["version_id"], "--yes")
    assert refused.code == ExitCode.DENIED
    assert f"access denied: s3:PutObject on {operated.bucket}/{lockfile_key(KEY)}" in refused.err
    assert reader.json("versions", "ls", STATE)[0] == before
    assert reader.json("locks", "ls") == []


def test_a_writer_breaks_a_lock_of_both_kinds(operated: Stack, locked: str) -> None:
    writer = act_as(operated, "engineer")
    broken = writer.do("locks", "break", STATE, locked, "--reason", "the runner died", "--yes")
    assert 'broken_in="table,lockfile"' in broken.out
    assert writer.json("locks", "ls") == []


def test_a_writer_restores_a_version_with_its_digest_and_leaves_no_lock(operated: Stack) -> None:
    writer = act_as(operated, "engineer")
    (before, older, *_) = writer.json("versions", "ls", STATE)
    writer.do("versions", "restore", STATE, older["version_id"], "--yes")
    detail = writer.json("states", "show", STATE)
    assert (detail["state"]["serial"], detail["state"]["digest"]) == (before["serial"] + 1, "matches")
    assert detail["locks"] == []


def test_a_writer_probes_with_a_lock_of_its_own(operated: Stack) -> None:
    writer = act_as(operated, "engineer")
    probed = writer.do("doctor", "--probe")
    assert "not-checked" not in probed.out
    assert writer.json("locks", "ls") == []


def test_a_writer_is_told_why_the_second_region_takes_no_copy_while_the_first_writes(operated: Stack) -> None:
    regions, writer = Regions(operated, "prod/backfilled-"), act_as(operated, "engineer")
    with regions.without_rule():
        regions.write("one", state(1))
    refused = writer.run("replication", "backfill", regions.key("one"), "--by-copy", "--yes")
    assert refused.code == ExitCode.DENIED
    assert WRITES in refused.err
    assert "Next: run it as one of the administrators" in refused.err
    assert writer.json("locks", "ls", regions.key("one")) == []
    assert regions.backfill()[0] == ExitCode.FINE
    assert regions.in_second("one") == state(1)


@pytest.mark.parametrize("who", ["on-call", "engineer"])
def test_no_operator_deletes_a_state_or_a_version_or_changes_a_setting(operated: Stack, who: str) -> None:
    s3, dynamodb = (client_of(operated, who, service) for service in ("s3", "dynamodb"))
    bucket, table = operated.bucket, operated.table
    (newest, *_) = act_as(operated, who).json("versions", "ls", STATE)
    other = {"LockID": {"S": f"another-bucket/{KEY}"}}
    tried: dict[str, Callable[[], Any]] = {
        "the state": lambda: s3.delete_object(Bucket=bucket, Key=KEY),
        "a version": lambda: s3.delete_object(Bucket=bucket, Key=KEY, VersionId=newest["version_id"]),
        "the bucket": lambda: s3.delete_bucket(Bucket=bucket),
        "versioning": lambda: s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        "the policy": lambda: s3.delete_bucket_policy(Bucket=bucket),
        "what is no state": lambda: s3.put_object(Bucket=bucket, Key=".pulumi/stacks/prod.json", Body=b"{}"),
        "the table": lambda: dynamodb.delete_table(TableName=table),
        "a lock of another bucket": lambda: dynamodb.put_item(TableName=table, Item=other),
    }
    for what, attempt in tried.items():
        with pytest.raises(ClientError) as refused:
            attempt()
        assert refused.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"), what
    assert act_as(operated, who).json("versions", "ls", STATE)[0] == newest

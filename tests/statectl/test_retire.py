"""A backend is taken away for good: nothing goes while somebody needs it, and the export has all of it."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from blueprint.names import replication_role_name
from blueprint.policy_document import policy
from localcloud import environment
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.paths import PROJECT
from settings.model import Lock
from settings.stack_file import load_stack_file
from statectl import bucket_statements
from statectl.exit_code import ExitCode
from statectl.find import Wanted
from statectl.known_backend import KnownBackend
from statectl.refusal import RefusalError
from statectl.retire.closing import SIDS
from statectl.retire.contents import is_pulumi_stack
from statectl.retire.export import Export
from statectl.retire.holding import OPERATION
from statectl.retire.manifest import MANIFEST, Manifest, parse_manifest
from statectl.retire.protection import lift_protection
from statectl.retire.record import RECORD_KEY, parse_record
from statectl.retire.retirement import require_break_glass, with_resources_refused
from statectl.session import Session
from statefile.keys import lock_id, lockfile_key
from statefile.state import digest
from store.bucket import Content, StoredVersion
from store.bucket_policy import write_bucket_policy
from store.failures import UnavailableError
from store.location import Location
from store.store import Store
from tests.integration.deployment import ANYTHING, Deployment, client, make_role, role_credentials
from tests.statectl.operator import Operator, Outcome
from tests.statectl.stack import Stack

ACCOUNT = "100000000061"
NETWORK, DATABASE = "prod/network/terraform.tfstate", "prod/database/terraform.tfstate"
COMMENT = "  # Whoever looks after it is asked before it goes.\n"
DESTROY = "pulumi destroy --stack gone --yes --skip-preview --suppress-outputs --non-interactive"
FOREVER = 60.0
SECONDS = 4
"""How long a backend waits that goes in the end."""


@dataclass(frozen=True, kw_only=True)
class Going:
    """The backend that goes.

    :param s3: a client of the account's root, in the first region.
    :param dynamodb: the same.
    """

    deployment: Deployment
    stack: Stack
    bucket: str
    table: str
    s3: Any
    dynamodb: Any


@pytest.fixture(scope="module")
def going(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Going:
    """A protected backend of two regions, with two states of which one was written twice."""
    folder = tmp_path_factory.mktemp("retire")
    own = {
        "namePrefix": "gone",
        "accountId": ACCOUNT,
        "replicaRegion": "eu-west-1",
        "accessLogs": False,
        "states": {"prod": ["network", "database"]},
        "administrators": [f"arn:aws:iam::{ACCOUNT}:role/platform-admin"],
    }
    named = {f"state-backend:{key}": value for key, value in own.items()}
    config = {"aws:region": "eu-central-1", "aws:allowedAccountIds": [ACCOUNT], **named}
    deployment = Deployment.prepare("gone", folder, engine, emulator, config=config)
    stack_file = deployment.folder / "Pulumi.gone.yaml"
    stack_file.write_text(stack_file.read_text().replace("config:\n", f"config:\n{COMMENT}", 1))
    deployment.up()
    outputs = deployment.outputs()
    made = Going(
        deployment=deployment,
        stack=Stack(lock=Lock.BOTH, deployment=deployment, outputs=outputs, folder=folder / "terraform"),
        bucket=outputs["state_bucket_name"],
        table=outputs["lock_table_name"],
        s3=deployment.client("s3", "eu-central-1"),
        dynamodb=deployment.client("dynamodb", "eu-central-1"),
    )
    for serial in (1, 2):
        put(made, NETWORK, state(serial))
    put(made, DATABASE, state(7))
    return made


def state(serial: int, *, resources: int = 0) -> bytes:
    """A state as Terraform writes it."""
    held = [{"mode": "managed", "type": "a", "name": f"n{n}", "instances": [{}]} for n in range(resources)]
    content = {"version": 4, "terraform_version": "1.15.5", "serial": serial, "lineage": "one", "resources": held}
    return json.dumps(content).encode()


def put(stack: Going, key: str, body: bytes) -> None:
    """Write as the account's root, whom the emulated AWS's policies do not bind."""
    stack.s3.put_object(Bucket=stack.bucket, Key=key, Body=body)


def administrator(stack: Going, *, pulumi: bool = False) -> Operator:
    return stack.stack.operator(stack.deployment.credentials, pulumi=pulumi)


def sids(stack: Going) -> set[str]:
    """The statements by which the first region's bucket is closed."""
    document = json.loads(stack.s3.get_bucket_policy(Bucket=stack.bucket)["Policy"])
    return {one["Sid"] for one in document["Statement"]} & SIDS


def is_there(stack: Going, key: str) -> bool:
    try:
        stack.s3.head_object(Bucket=stack.bucket, Key=key)
    except ClientError:
        return False
    return True


def assert_untouched(stack: Going) -> None:
    assert not sids(stack)
    assert not is_there(stack, RECORD_KEY)
    assert not is_there(stack, lockfile_key(NETWORK))


@contextmanager
def locked(stack: Going, key: str) -> Iterator[None]:
    """Somebody at work on a state."""
    text = json.dumps({"ID": "of-ada", "Operation": "OperationTypeApply", "Who": "ada@laptop"})
    item = {"LockID": {"S": lock_id(stack.bucket, key)}}
    stack.dynamodb.put_item(TableName=stack.table, Item={**item, "Info": {"S": text}})
    try:
        yield
    finally:
        stack.dynamodb.delete_item(TableName=stack.table, Key=item)


def test_nothing_goes_while_somebody_is_at_work(going: Going, tmp_path: Path) -> None:
    with locked(going, NETWORK):
        outcome = administrator(going).run("retire", "--export", str(tmp_path / "export"), "--yes")
    assert outcome.code == ExitCode.LOCKED
    assert f"ada@laptop holds the lock of {NETWORK} (of-ada)" in outcome.err
    assert not (tmp_path / "export").exists()
    assert_untouched(going)


def test_nothing_goes_without_an_export(going: Going) -> None:
    outcome = administrator(going).run("retire", "--yes", "--json")
    assert outcome.code == ExitCode.USAGE
    assert "--export FOLDER" in outcome.err
    shown = outcome.json()
    assert shown["phase"] == "open"
    rows = [(row["key"], row["serial"], row["versions"]) for row in shown["states"]]
    assert rows == [(DATABASE, 7, 1), (NETWORK, 2, 2)]
    assert_untouched(going)


def test_a_state_with_resources_stays_unless_it_is_named(going: Going, tmp_path: Path) -> None:
    key = "prod/held/terraform.tfstate"
    put(going, key, state(1, resources=2))
    refused = administrator(going).run("retire", "--export", str(tmp_path / "export"), "--yes")
    named = administrator(going).run("retire", "--with-resources", "prod/held", "--yes")
    going.s3.delete_object(Bucket=going.bucket, Key=key)
    assert refused.code == ExitCode.FOUND
    assert f"{key}: may hold resources" in refused.err
    # Named, only the export is missing.
    assert named.code == ExitCode.USAGE
    assert_untouched(going)


def test_a_dry_run_shows_every_step_and_does_none(going: Going, tmp_path: Path) -> None:
    outcome = administrator(going).do("retire", "--export", str(tmp_path / "export"), "--dry-run")
    steps = [line.partition(". would ")[2] for line in outcome.err.splitlines() if ". would " in line]
    assert steps[0].startswith("export every current state")
    assert "begin the wait of 7d" in steps
    assert steps[-2:] == [f"run {DESTROY}", "see that nothing is left"]
    assert not (tmp_path / "export").exists()
    assert_untouched(going)


def test_nobody_there_to_say_yes_means_no(going: Going, tmp_path: Path) -> None:
    outcome = administrator(going).run("retire", "--export", str(tmp_path / "export"))
    assert outcome.code == ExitCode.USAGE
    assert not (tmp_path / "export").exists()
    assert_untouched(going)


def test_writers_are_kept_out_while_it_waits_and_let_in_when_it_is_called_off(
    going: Going, tmp_path: Path
) -> None:
    export = str(tmp_path / "export")
    waiting = administrator(going).do("retire", "--export", export, "--yes", "--wait", "1h")
    pipeline = role_credentials(going.deployment.emulator, ACCOUNT, "platform-admin", policy(ANYTHING))
    s3 = client(going.deployment.emulator, "s3", "eu-central-1", pipeline)
    try:
        assert "Waiting until" in waiting.err
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=going.bucket, Key=NETWORK, Body=b"{}")
        for key in (NETWORK, lockfile_key(NETWORK)):
            with pytest.raises(ClientError, match="AccessDenied"):
                s3.delete_object(Bucket=going.bucket, Key=key)
        told = json.loads(s3.get_object(Bucket=going.bucket, Key=lockfile_key(NETWORK))["Body"].read())
        assert told["Operation"] == OPERATION
        assert "statectl retire --cancel" in told["Info"]
        # Nobody makes it shorter for those who were told how long it is.
        shorter = administrator(going).run("retire", "--export", export, "--yes", "--wait", "1s")
        assert shorter.code == ExitCode.USAGE
        assert "--cancel" in shorter.err
        # Longer is what they see whoever runs it next.
        longer = administrator(going).json("retire", "--export", export, "--yes", "--wait", "2h")
        assert longer["phase"] == "waiting"
        kept = parse_record(s3.get_object(Bucket=going.bucket, Key=RECORD_KEY)["Body"].read())
        assert kept.wait_seconds == 2 * 3600
    finally:
        administrator(going).do("retire", "--cancel", "--yes")
    assert_untouched(going)
    assert not [one for one in going.dynamodb.scan(TableName=going.table)["Items"] if "Info" in one]
    s3.put_object(Bucket=going.bucket, Key=NETWORK, Body=state(3))


def test_a_backend_goes_and_leaves_its_export_alone(
    going: Going, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: interrupted as it closes, written during the wait, killed as it deletes, and what is left."""
    export, deployment = tmp_path / "export", going.deployment
    command = ["retire", "--export", str(export), "--all-versions", "--yes"]
    with monkeypatch.context() as broken:
        broken.setattr(bucket_statements, "write_bucket_policy", breaks_off_in_the_second_region)
        stopped = administrator(going).run(*command, "--wait", f"{SECONDS}s")
    assert stopped.code == ExitCode.FAILED
    assert "run the same command again" in stopped.err
    administrator(going).do(*command)
    assert sids(going) == SIDS
    # One writer whom nothing binds, while it waits; and somebody spoils the export.
    put(going, NETWORK, state(9))
    spoilt = export / next(one.path for one in manifest_of(export).versions if one.key == DATABASE)
    spoilt.write_bytes(b"spoilt")
    over = administrator(going).run(*command)
    assert over.code == ExitCode.FOUND
    assert f"{going.bucket}/{NETWORK} was written since" in over.err
    assert "the wait begins anew" in over.err
    before = versions_of(going)
    assert len(before) >= 4
    time.sleep(SECONDS)
    kill_in_the_middle(going, command)
    deployment.pulumi("cancel", "--yes", "--stack", "gone")
    ended = administrator(going, pulumi=True).run(*command)
    assert ended.code == ExitCode.FINE, ended.err
    assert f"{going.bucket} is gone" in ended.err

    assert_nothing_is_left(going, ended)
    for one in manifest_of(export).versions:
        path = export / one.path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if one.region == "eu-central-1":
            assert path.read_bytes() == before.pop((one.key, one.version_id))
    assert not before
    stack_file = deployment.folder / "Pulumi.gone.yaml"
    assert COMMENT in stack_file.read_text()
    assert not load_stack_file(stack_file).protect
    # Once more it only looks, and names what somebody made again.
    role = replication_role_name("gone", "eu-central-1")
    make_role(deployment.emulator, ACCOUNT, role, None)
    again = administrator(going).run(*command, "--json")
    assert again.code == ExitCode.FOUND
    assert f"1 resource may be left: role {role}" in again.err
    left = [(one["kind"], one["until"] is None) for one in again.json()["left"]]
    assert left == [("role", True), ("key", False), ("key", False)]


def breaks_off_in_the_second_region(s3: Any, location: Location, document: dict[str, Any]) -> None:
    if location.region == "eu-west-1":
        raise UnavailableError("the second region was not reached")
    write_bucket_policy(s3, location, document)


def manifest_of(export: Path) -> Manifest:
    return parse_manifest((export / MANIFEST).read_bytes())


def versions_of(stack: Going) -> dict[tuple[str, str], bytes]:
    """Every version of every state, read by the account's root."""
    s3, bucket = stack.s3, stack.bucket
    listed = s3.list_object_versions(Bucket=bucket)["Versions"]
    return {
        (one["Key"], one["VersionId"]): s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])[
            "Body"
        ].read()
        for one in listed
        if one["Key"].endswith(".tfstate")
    }


def kill_in_the_middle(stack: Going, command: list[str]) -> None:
    """Kill it, and the Pulumi that it runs, as soon as something is deleted."""
    started = subprocess.Popen(
        [sys.executable, "-m", "statectl", *command],
        cwd=PROJECT,
        env={**environment.clean(), **administrator(stack, pulumi=True).environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = []
    try:
        assert started.stderr is not None
        for line in started.stderr:
            said.append(line)
            if " deleted (" in line:
                break
        else:
            pytest.fail("".join(said))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait(FOREVER)


def assert_nothing_is_left(stack: Going, ended: Outcome) -> None:
    assert not [one for one in stack.s3.list_buckets()["Buckets"] if one["Name"].startswith("gone-")]
    assert not stack.dynamodb.list_tables()["TableNames"]
    for region in ("eu-central-1", "eu-west-1"):
        kms = stack.deployment.client("kms", region)
        keys = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
        assert [key["KeyState"] for key in keys] == ["PendingDeletion"]
        assert f"The key {keys[0]['Arn']} is deleted on" in ended.err
    roles = stack.deployment.client("iam", "us-east-1").list_roles()["Roles"]
    assert {one["RoleName"] for one in roles} == {"platform-admin"}


PROJECT_FILE = "name: state-backend\nruntime: python\n"
STACK_FILE = """\
# The team's own.
config:
  # Frankfurt.
  aws:region: eu-central-1
  state-backend:namePrefix: acme
  state-backend:accountId: "111111111111"{said}
  state-backend:states:
    prod: [network] # and no more
encryptionsalt: v1:abc
"""


def stack_file(folder: Path, said: str) -> Path:
    """A stack file that says this of its protection."""
    (folder / "Pulumi.yaml").write_text(PROJECT_FILE)
    path = folder / "Pulumi.prod.yaml"
    path.write_text(STACK_FILE.replace("{said}", said))
    path.chmod(0o640)
    return path


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("\n  state-backend:protect: true  # until it goes", "\n  state-backend:protect: false  # until it goes"),
        ('\n  "state-backend:protect": true', '\n  "state-backend:protect": false'),
        ("", ""),
    ],
)
def test_lifting_protection_changes_one_value_and_keeps_comments(tmp_path: Path, said: str, says: str) -> None:
    path = stack_file(tmp_path, said)
    assert lift_protection(path)
    wanted = STACK_FILE.replace("{said}", says)
    if not said:
        wanted = wanted.replace("  aws:region", "  state-backend:protect: false\n  aws:region")
    assert path.read_text() == wanted
    assert not load_stack_file(path).protect
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert not lift_protection(path)


def test_a_stack_file_that_cannot_be_changed_by_its_lines_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.prod.yaml"
    (tmp_path / "Pulumi.yaml").write_text(PROJECT_FILE)
    inline = (
        'config: {"aws:region": eu-central-1, "state-backend:namePrefix": acme, '
        '"state-backend:accountId": "111111111111", "state-backend:states": {prod: [network]}}\n'
    )
    path.write_text(inline)
    with pytest.raises(RefusalError, match="cannot be changed line by line") as refused:
        lift_protection(path)
    assert "set state-backend:protect to false" in refused.value.next_step
    assert path.read_text() == inline
    assert sorted(one.name for one in tmp_path.iterdir()) == ["Pulumi.prod.yaml", "Pulumi.yaml"]


@pytest.mark.parametrize(
    ("arn", "may"),
    [
        ("arn:aws:sts::111111111111:assumed-role/break-glass/eve", True),
        ("arn:aws:sts::111111111111:assumed-role/platform-admin/ada", False),
        ("arn:aws:sts::222222222222:assumed-role/break-glass/eve", False),
    ],
)
def test_only_break_glass_begins_a_deletion_that_the_policies_keep_for_it(arn: str, may: bool) -> None:
    wanted = Wanted(
        stack="prod", project=PROJECT, backend_config=None, bucket=None, region=None, table=None, lock=None
    )
    session = Session(wanted, profile=None)
    settings = load_stack_file(PROJECT / "Pulumi.prod.yaml")
    location = Location(bucket="any", region=settings.region, lock=settings.lock)
    # In the place of what a stack is asked for.
    session.__dict__["backend"] = KnownBackend(source="stack prod", location=location, settings=settings)
    if may:
        require_break_glass(session, arn)
        return
    with pytest.raises(RefusalError, match="breakGlass keeps that for") as refused:
        require_break_glass(session, arn)
    assert refused.value.code == ExitCode.DENIED
    assert "second factor" in refused.value.next_step


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        (".pulumi/stacks/shop/prod.json", True),
        (".pulumi-state/.pulumi/stacks/shop/prod.json.gz", True),
        (".pulumi/meta.yaml", False),
        (".pulumi/history/shop/prod/prod-1.history.json", False),
        ("prod/network/terraform.tfstate", False),
        ("stacks/shop/prod.json", False),
    ],
)
def test_stacks_that_pulumi_keeps_count_as_what_holds_resources(key: str, is_one: bool) -> None:
    assert is_pulumi_stack(key) is is_one
    assert ("statectl bootstrap eject" in with_resources_refused([key]).next_step) is is_one


class Listing:
    """Buckets of two regions, in memory."""

    def __init__(self, region: str, versions: dict[tuple[str, str], bytes]) -> None:
        self.location = Location(bucket=f"states-{region}", region=region, lock=Lock.LOCKFILE)
        self.bucket = self
        self.held = versions

    def versions(self) -> Iterator[StoredVersion]:
        seen: set[str] = set()
        for (key, version_id), body in self.held.items():
            yield StoredVersion(
                key=key,
                version_id=version_id,
                modified=datetime.now(UTC),
                latest=key not in seen,
                deleted=False,
                size=len(body),
                etag=f'"{digest(body)}"',
                storage_class="STANDARD",
            )
            seen.add(key)

    def read(self, key: str, version_id: str) -> Content:
        body = self.held[key, version_id]
        now = datetime.now(UTC)
        return Content(key=key, body=body, etag="", version_id=version_id, modified=now, replication=None)


def exported(folder: Path, *stores: Listing, all_versions: bool = False) -> dict[str, bytes]:
    """What an export holds, by the key, version and region of each."""
    buckets = {store.location.region: store.location.bucket for store in stores}
    export = Export(folder, buckets)
    made = export.bring_up_to_date(cast("list[Store]", list(stores)), all_versions=all_versions, by="arn")
    return {f"{one.region} {one.key} {one.version_id}": (folder / one.path).read_bytes() for one in made.versions}


def test_keys_that_lead_elsewhere_stay_in_the_export(tmp_path: Path) -> None:
    keys = (
        "../../out.tfstate",
        "/root.tfstate",
        "a//b.tfstate",
        "a/./b.tfstate",
        "a/b.tfstate",
        "a b/ü%2F.tfstate",
    )
    there = Listing("one", {(key, "v1"): key.encode() for key in keys})
    found = exported(tmp_path / "export", there)
    assert found == {f"one {key} v1": key.encode() for key in keys}
    assert [one.name for one in tmp_path.iterdir()] == ["export"]


def test_what_the_second_region_alone_has_is_exported_too(tmp_path: Path) -> None:
    first = Listing("one", {("s.tfstate", "new"): b"2", ("s.tfstate", "old"): b"1"})
    second = Listing("two", {("s.tfstate", "old"): b"1", ("lost.tfstate", "only"): b"3"})
    assert exported(tmp_path / "export", first, second) == {
        "one s.tfstate new": b"2",
        "two lost.tfstate only": b"3",
    }
    assert exported(tmp_path / "all", first, second, all_versions=True) == {
        "one s.tfstate new": b"2",
        "one s.tfstate old": b"1",
        "two lost.tfstate only": b"3",
    }


def test_a_version_without_an_id_that_was_overwritten_is_exported_again(tmp_path: Path) -> None:
    before = Listing("one", {("s.tfstate", "null"): b"first"})
    exported(tmp_path, before)
    after = Listing("one", {("s.tfstate", "null"): b"second"})
    exported(tmp_path, after)
    bodies = [(one.current, (tmp_path / one.path).read_bytes()) for one in manifest_of(tmp_path).versions]
    assert sorted(bodies) == [(False, b"first"), (True, b"second")]


def test_locks_and_what_statectl_keeps_are_no_part_of_an_export(tmp_path: Path) -> None:
    listed = {
        ("s.tfstate", "1"): b"s",
        ("s.tfstate.tflock", "2"): b"l",
        (".statectl/retire/record.json", "3"): b"r",
    }
    assert exported(tmp_path, Listing("one", listed)) == {"one s.tfstate 1": b"s"}


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("dear")
    tmp_path.chmod(0o755)
    with pytest.raises(RefusalError, match="holds something, and no export") as refused:
        exported(tmp_path, Listing("one", {("s.tfstate", "1"): b"s"}))
    assert refused.value.code == ExitCode.USAGE
    assert [one.name for one in tmp_path.iterdir()] == ["letters"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_an_export_that_was_changed_is_found_out(tmp_path: Path) -> None:
    exported(tmp_path, Listing("one", {("s.tfstate", "1"): b"s"}))
    export = Export(tmp_path, {"one": "states-one"})
    export.verify()
    (spoilt,) = manifest_of(tmp_path).versions
    (tmp_path / spoilt.path).write_bytes(b"t")
    with pytest.raises(RefusalError, match=r"is not version 1 of s\.tfstate any more"):
        export.verify()

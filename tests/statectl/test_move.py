"""States that move from a disk, between keys, buckets and accounts, with real Terraform at either end."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blueprint.hcl import to_hcl
from localcloud.backend_files import emulator_arguments
from localcloud.terraform import Workdir
from statectl.exit_code import ExitCode
from statectl.move.notes import WORKING
from statefile.keys import digest_id, lock_id, lockfile_key
from statefile.moved import MOVED, note_of
from statefile.state import digest
from tests.access.stack import apply
from tests.integration.deployment import client, root_credentials
from tests.statectl.operator import Operator, Outcome
from tests.statectl.stack import CONFIGURATION, Stack

ELSEWHERE = "100000000019"
"""An account of somebody else."""
BUCKET = "elsewhere-tfstate"
BACKEND = '  backend "s3" {}\n'


def state(serial: int, lineage: str = "one", **more: object) -> bytes:
    return json.dumps({"version": 4, "serial": serial, "lineage": lineage, "resources": [], **more}).encode()


@dataclass(frozen=True)
class Moves:
    """A stack with both locks, and somebody who moves states of ``moves/``."""

    stack: Stack

    @property
    def operator(self) -> Operator:
        return self.stack.operator()

    def run(self, *arguments: str, code: ExitCode = ExitCode.FINE) -> list[dict[str, Any]]:
        """What ``move`` says of each state."""
        rows: list[dict[str, Any]] = self.said(*arguments, code=code).json()
        return rows

    def said(self, *arguments: str, code: ExitCode = ExitCode.FINE) -> Outcome:
        done = self.operator.run("move", *arguments, "--yes", "--json")
        assert done.code == code, done
        return done

    def put(self, key: str, body: bytes) -> None:
        self.stack.s3().put_object(Bucket=self.stack.bucket, Key=key, Body=body)

    def body(self, key: str) -> bytes:
        read: bytes = self.stack.s3().get_object(Bucket=self.stack.bucket, Key=key)["Body"].read()
        return read

    def is_there(self, key: str) -> bool:
        return "Contents" in self.stack.s3().list_objects_v2(Bucket=self.stack.bucket, Prefix=key)

    def item(self, id_: str) -> dict[str, Any] | None:
        found = self.stack.dynamodb().get_item(TableName=self.stack.table, Key={"LockID": {"S": id_}})
        item: dict[str, Any] | None = found.get("Item")
        return item

    def digest(self, key: str) -> str | None:
        item = self.item(digest_id(self.stack.bucket, key))
        return item["Digest"]["S"] if item else None

    def lock(self, key: str, operation: str = "OperationTypeApply") -> None:
        """A lock of somebody at work, in both places."""
        text = json.dumps({"ID": "theirs", "Operation": operation, "Who": "ada@host"})
        self.put(lockfile_key(key), text.encode())
        item = {"LockID": {"S": lock_id(self.stack.bucket, key)}, "Info": {"S": text}}
        self.stack.dynamodb().put_item(TableName=self.stack.table, Item=item)

    def held(self, key: str) -> list[tuple[str, str]]:
        """Where the lock is held, and for what."""
        item = self.item(lock_id(self.stack.bucket, key))
        lockfile = self.body(lockfile_key(key)) if self.is_there(lockfile_key(key)) else None
        found = {"lockfile": lockfile, "table": item["Info"]["S"] if item else None}
        return [(place, json.loads(text)["Operation"]) for place, text in found.items() if text]

    def clear(self) -> None:
        """No state and no lock of these tests."""
        s3, dynamodb = self.stack.s3(), self.stack.dynamodb()
        found = s3.list_object_versions(Bucket=self.stack.bucket)
        gone = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))
            if "moves" in one["Key"]
        ]
        s3.delete_objects(Bucket=self.stack.bucket, Delete={"Objects": gone, "Quiet": True})
        for item in dynamodb.scan(TableName=self.stack.table)["Items"]:
            if "/moves" in item["LockID"]["S"]:
                dynamodb.delete_item(TableName=self.stack.table, Key={"LockID": item["LockID"]})

    def terraform(self, key: str) -> Workdir:
        return self.stack.terraform(key)


def whole(key: str) -> str:
    return f"{key}/terraform.tfstate"


@pytest.fixture
def moves(both: Stack) -> Iterator[Moves]:
    made = Moves(both)
    yield made
    made.clear()


def is_clean(here: Workdir, text: str) -> bool:
    done = here.run(["plan", "-no-color", "-detailed-exitcode", f"-var=content={text}"])
    assert done.exit_code in {0, 2}, done.stderr
    return done.exit_code == 0


def refused(here: Workdir, arguments: Sequence[str] = ("plan", "-no-color")) -> str:
    """What a client is told that comes to the old place, in one line."""
    done = here.run(list(arguments))
    assert done.exit_code == 1, done.stdout
    return " ".join(done.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def local_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a local state, and one of the workspace blue."""
    folder = tmp_path_factory.mktemp("local")
    text = CONFIGURATION.read_text()
    assert BACKEND in text
    (folder / "main.tf").write_text(text.replace(BACKEND, ""))
    here = Workdir(folder, folder / "data", {})
    here.do(["init", "-no-color"])
    here.do(apply("one", "-auto-approve"))
    here.do(["workspace", "new", "blue"])
    here.do(apply("blue one", "-auto-approve"))
    here.do(["workspace", "select", "default"])
    return folder


@pytest.fixture
def project(local_project: Path, tmp_path: Path) -> Workdir:
    folder = tmp_path / "project"
    shutil.copytree(local_project, folder)
    return Workdir(folder, folder / "data", {})


def test_local_states_move_and_late_clients_on_the_disk_are_told_where(moves: Moves, project: Workdir) -> None:
    folder, key = project.configuration, whole("moves/network")
    before = (folder / "terraform.tfstate").read_bytes()
    dry = moves.operator.do("move", "local", str(folder), "moves/network", "--dry-run")
    assert "would hold the lock of the source" in dry.err
    assert (folder / "terraform.tfstate").read_bytes() == before
    assert not moves.is_there("moves/")
    rows = moves.run("local", str(folder), "moves/network")
    assert [row["outcome"] for row in rows] == ["moved", "moved"]
    assert [row["target"].split("/", 3)[3] for row in rows] == [key, f"env:/blue/{key}"]
    assert moves.body(key) == before
    for one in (key, f"env:/blue/{key}"):
        assert moves.digest(one) == digest(moves.body(one))
        assert moves.held(one) == []
    for arguments in (["plan", "-no-color"], ["plan", "-no-color", "-lock=false"]):
        assert f"moved to s3://{moves.stack.bucket}/{key} in eu-central-1" in refused(project, arguments)
    assert [row["outcome"] for row in moves.run("local", str(folder), "moves/network")] == ["already there"] * 2

    there = moves.terraform(key)
    assert is_clean(there, "one")
    there.do(["workspace", "select", "blue"])
    assert is_clean(there, "blue one")

    own = whole("moves-blue/network")
    (row,) = moves.run("workspace", "moves/network", "blue", "moves-blue/network")
    assert (row["outcome"], row["target"]) == ("moved", f"s3://{moves.stack.bucket}/{own}")
    assert f"moved to s3://{moves.stack.bucket}/{own}" in refused(there)
    assert is_clean(moves.terraform(own), "blue one")
    assert moves.digest(own) == digest(moves.body(own))
    moves.run("workspace", "moves-blue/network", "default", "moves/network", "--to-workspace", "blue")
    assert moves.body(f"env:/blue/{key}") == moves.body(own)
    assert moves.held(f"env:/blue/{key}") == []
    assert moves.held(own) == [("lockfile", MOVED), ("table", MOVED)]


def test_a_key_moves_with_its_workspaces_and_comes_back_newer(moves: Moves, project: Workdir) -> None:
    old, new = whole("moves/a"), whole("moves/b")
    moves.run("local", str(project.configuration), "moves/a", "--keep-source")
    assert note_of((project.configuration / "terraform.tfstate").read_bytes()) is None
    late = moves.terraform(old)
    rows = moves.run("key", "moves/a", "moves/b")
    assert [row["target"].split("/", 3)[3] for row in rows] == [f"env:/blue/{new}", new]
    told = refused(late)
    assert f"moved to s3://{moves.stack.bucket}/{new} in eu-central-1" in told
    assert "terraform init -reconfigure" in told
    (listed,) = moves.operator.json("locks", "ls", "moves/a")
    assert (listed["operation"], listed["missing"], listed["note"]) == (MOVED, [], True)
    assert f"note: moved to s3://{moves.stack.bucket}/{new}" in moves.operator.do("locks", "ls", "moves/a").out
    assert moves.operator.do("locks", "ls", "moves/a", "--older-than", "0s").out == ""
    broken = moves.operator.run("locks", "break", "moves/a", listed["id"], "--reason", "x", "--yes")
    assert broken.code == ExitCode.LOCKED
    assert f"statectl move release {old}" in broken.err
    moves.put(whole("moves/c"), state(1))
    for elsewhere in (["moves/a", "moves/c"], ["moves/c", "moves/a"]):
        row = moves.run("key", *elsewhere, code=ExitCode.FOUND)[-1]
        assert f"{old} moved to s3://{moves.stack.bucket}/{new}" in row["detail"]
        assert "statectl move release ends that note" in row["detail"]
    here = moves.terraform(new)
    assert is_clean(here, "one")
    here.do(apply("two", "-auto-approve"))
    # Not by accident over what is newer by now.
    assert [row["outcome"] for row in moves.run("key", "moves/a", "moves/b")] == ["already there"] * 2
    # The workspace was not written meanwhile, and the state in the default one was.
    assert [row["outcome"] for row in moves.run("key", "moves/b", "moves/a")] == ["already there", "moved"]
    assert is_clean(late, "two")
    assert moves.digest(old) == digest(moves.body(old))
    assert moves.held(new) == [("lockfile", MOVED), ("table", MOVED)]
    assert moves.held(f"env:/blue/{old}") == []
    moves.operator.do("move", "release", "moves/b", "--yes")
    assert moves.operator.json("locks", "ls", "moves/") == []
    assert moves.operator.run("move", "release", "moves/b", "--yes").code == ExitCode.FAILED


def test_a_state_moves_to_another_account_with_credentials_of_each(
    moves: Moves, project: Workdir, tmp_path: Path
) -> None:
    emulator = moves.stack.deployment.emulator
    s3 = client(emulator, "s3", "eu-west-1", root_credentials(ELSEWHERE))
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    profiles = tmp_path / "credentials"
    profiles.write_text(f"[theirs]\naws_access_key_id = {ELSEWHERE}\naws_secret_access_key = test\n")
    key = whole("moves/shared")
    moves.run("local", str(project.configuration / "terraform.tfstate"), "moves/shared")
    operator = moves.operator.with_variables(AWS_SHARED_CREDENTIALS_FILE=str(profiles))
    to = ["--to-bucket", BUCKET, "--to-region", "eu-west-1", "--to-profile", "theirs", "--yes"]
    done = operator.do("move", "key", "moves/shared", *to)
    assert f"{ELSEWHERE}:root on {BUCKET}" in done.err
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == moves.body(key)
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix=lockfile_key(key))
    assert f"moved to s3://{BUCKET}/{key} in eu-west-1" in moves.body(lockfile_key(key)).decode()
    folder = tmp_path / "there"
    folder.mkdir()
    shutil.copy(CONFIGURATION, folder / "main.tf")
    own = {"bucket": BUCKET, "key": key, "region": "eu-west-1", "use_lockfile": True}
    (folder / "backend.hcl").write_text(to_hcl({**own, **emulator_arguments(emulator)}))
    there = Workdir(folder, folder / "data", {**emulator.environment(), **root_credentials(ELSEWHERE)})
    there.do(["init", "-no-color", "-backend-config=backend.hcl"])
    assert is_clean(there, "one")


def test_whoever_is_at_work_at_either_end_is_left_in_peace(moves: Moves) -> None:
    old, new = whole("moves/a"), whole("moves/b")
    moves.put(old, state(3))
    for locked, free in ((old, new), (new, old)):
        moves.lock(locked)
        (row,) = moves.run("key", "moves/a", "moves/b", code=ExitCode.LOCKED)
        assert row["outcome"] == "locked"
        assert "ada@host holds the lock theirs" in row["detail"]
        assert moves.held(free) == []
        moves.operator.do("locks", "break", locked, "theirs", "--reason", "over", "--yes")
    assert moves.operator.json("states", "ls", "moves/b") == []


def test_a_tree_moves_what_fits_and_says_why_the_rest_stays(moves: Moves) -> None:
    moves.put(whole("moves/a/fits"), state(3))
    moves.put(f"env:/blue/{whole('moves/a/fits')}", state(4, "blue"))
    moves.put(whole("moves/a/older"), state(3))
    moves.put(whole("moves/b/older"), state(2))
    moves.put(whole("moves/a/newer"), state(3))
    moves.put(whole("moves/b/newer"), state(9))
    moves.put(whole("moves/a/other"), state(3))
    moves.put(whole("moves/b/other"), state(1, "another"))
    moves.put(whole("moves/a/broken"), state(3)[:-2])
    rows = moves.run("key", "moves/a/", "moves/b/", code=ExitCode.FOUND)
    outcomes = {row["source"].split("moves/a/")[1].split("/")[0]: row["outcome"] for row in rows}
    assert outcomes == {
        "fits": "moved",
        "older": "moved",
        "newer": "refused",
        "other": "refused",
        "broken": "refused",
    }
    details = " ".join(row["detail"] for row in rows)
    assert "has serial 3, and" in details
    assert "is newer: serial 9" in details
    assert "has lineage one, and" in details
    assert moves.body(f"env:/blue/{whole('moves/b/fits')}") == state(4, "blue")
    assert moves.body(whole("moves/b/newer")) == state(9)
    for name in ("newer", "other", "broken"):
        assert moves.held(whole(f"moves/a/{name}")) == []
        assert moves.held(whole(f"moves/b/{name}")) == []
    (row,) = moves.run("key", "moves/a/other", "moves/b/other", "--replace")
    assert row["outcome"] == "moved"
    before = moves.operator.json("versions", "ls", "moves/b/other")[1]["version_id"]
    s3 = moves.stack.s3()
    kept = s3.get_object(Bucket=moves.stack.bucket, Key=whole("moves/b/other"), VersionId=before)
    assert kept["Body"].read() == state(1, "another")


def test_a_state_that_its_digest_does_not_recognise_stays(moves: Moves) -> None:
    key = whole("moves/a")
    moves.put(key, state(3))
    item = {"LockID": {"S": digest_id(moves.stack.bucket, key)}, "Digest": {"S": digest(b"another")}}
    moves.stack.dynamodb().put_item(TableName=moves.stack.table, Item=item)
    (row,) = moves.run("key", "moves/a", "moves/b", code=ExitCode.FOUND)
    assert f"statectl recover {key}" in row["detail"]
    assert moves.held(key) == []


def test_with_the_source_kept_nobody_is_sent_away(moves: Moves) -> None:
    moves.put(whole("moves/a"), state(3))
    moves.run("key", "moves/a", "moves/b", "--keep-source")
    assert moves.body(whole("moves/b")) == state(3)
    assert moves.operator.json("locks", "ls", "moves/") == []
    assert moves.run("key", "moves/a", "moves/b", "--keep-source")[0]["outcome"] == "already there"


def test_what_cannot_be_meant_is_said_before_anything_is_done(moves: Moves, tmp_path: Path) -> None:
    moves.put(whole("moves/a"), state(3))
    for arguments in (
        ["key", "moves/a"],
        ["key", "moves/a", "moves/a"],
        ["key", "moves/", "moves/a/"],
        ["key", "moves/a", "moves/b", "--to-profile", "theirs"],
        ["local", str(tmp_path), "moves/a"],
        ["local", str(tmp_path / "missing"), "moves/a"],
        ["workspace", "moves/a", "default"],
    ):
        assert moves.operator.run("move", *arguments, "--yes").code == ExitCode.USAGE, arguments
    assert moves.operator.run("move", "key", "moves/a", "moves/b").code == ExitCode.USAGE
    assert moves.operator.run("move", "key", "moves/c", "moves/d", "--yes").code == ExitCode.FAILED
    assert moves.operator.json("locks", "ls", "moves/") == []
    assert WORKING not in moves.operator.do("locks", "ls").out

"""Locks that move from the table to lockfiles and back, with real Terraform of each kind at every stage."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from botocore.httpsession import URLLib3Session

from localcloud import environment, locking
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.terraform import Workdir
from settings.model import Lock
from settings.stack_file import load_stack_file
from statectl.exit_code import ExitCode
from statectl.failover.own_locks import hold
from statectl.move import lock_places
from statectl.move.lock_fence import working_lock
from statectl.move.lock_moving import LockMover, Outcome
from statectl.own_lock import own_lock
from statefile.fence import Fence
from statefile.keys import digest_id, lock_id, lockfile_key
from statefile.lock import render_lock
from statefile.state import digest
from store.clients import Clients
from store.held import Held
from store.location import Location
from store.lock_table import LockTable
from store.store import Store
from tests.access.stack import apply
from tests.integration.deployment import Deployment
from tests.statectl.stack import Stack

KEY = "prod/network/terraform.tfstate"
OTHER = "prod/database/terraform.tfstate"
ACCOUNT = "100000000017"
CONFIG = {
    "namePrefix": "acme",
    "accountId": ACCOUNT,
    "replicaRegion": "eu-west-1",
    "lock": "dynamodb",
    "accessLogs": False,
    "protect": False,
    "states": {"prod": ["network", "database"]},
    "administrators": [f"arn:aws:iam::{ACCOUNT}:root"],
}
TO_LOCKFILES = "set use_lockfile = true, take dynamodb_table out"
TO_TABLE = "set dynamodb_table, take use_lockfile out"


class Moving:
    """A stack whose locks move, and Terraform that is told this lock or that."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.operator = stack.operator()
        self.stack_file = stack.deployment.folder / f"Pulumi.{stack.deployment.stack}.yaml"

    def reset(self, lock: Lock) -> None:
        """No state, no lock, no digest, and a stack file that says this lock."""
        s3, bucket, table = self.stack.s3(), self.stack.bucket, self.stack.table
        found = s3.list_object_versions(Bucket=bucket)
        for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
        for region in ("region", "replica_region"):
            dynamodb = self.stack.deployment.client("dynamodb", self.stack.outputs[region])
            for item in dynamodb.scan(TableName=table)["Items"]:
                dynamodb.delete_item(TableName=table, Key={"LockID": item["LockID"]})
        self.set_lock(lock)

    def set_lock(self, lock: Lock) -> None:
        config = {f"state-backend:{name}": value for name, value in {**CONFIG, "lock": lock.value}.items()}
        region = {"aws:region": "eu-central-1", "aws:allowedAccountIds": [ACCOUNT]}
        self.stack_file.write_text("# Ask the platform team.\n" + yaml.safe_dump({"config": {**region, **config}}))

    @property
    def lock(self) -> Lock:
        """What the stack file says."""
        text = self.stack_file.read_text()
        assert text.startswith("# Ask the platform team.\n")
        return load_stack_file(self.stack_file).lock

    def client(self, lock: Lock, key: str = KEY) -> Workdir:
        """Terraform that is told this lock."""
        name = f"{key.split('/')[1]}-{lock.value}"
        known = self.stack.outputs["backend_configs"]["prod/network"]
        told = {
            **({"use_lockfile": True} if lock.uses_lockfile else {"use_lockfile": False}),
            "dynamodb_table": known["dynamodb_table"] if lock.uses_table else "",
        }
        folder = self.stack.folder / name
        if (folder / "ready").exists():
            return Workdir(folder, folder / "data", self.stack._terraform_environment())
        return self.stack.terraform(key, name=name, **told)

    def writes(self, lock: Lock, content: str, key: str = KEY) -> None:
        self.client(lock, key).do(apply(content, "-auto-approve"))

    def is_clean(self, lock: Lock, content: str) -> bool:
        """Whether a plan by this client wants to change nothing; it must not fail."""
        done = self.client(lock).run(["plan", "-no-color", "-detailed-exitcode", f"-var=content={content}"])
        assert done.exit_code in {0, 2}, done.stderr
        return done.exit_code == 0

    def refused(self, lock: Lock) -> str:
        """What this client is told that may not lock."""
        done = self.client(lock).run(["plan", "-no-color"])
        assert done.exit_code == 1, done.stdout
        assert "Error acquiring the state lock" in done.stderr
        return " ".join(done.stderr.replace("│", " ").split())

    def exclude_each_other(self, one: Lock, other: Lock) -> None:
        """Two clients, whoever comes first."""
        for first, second in {(one, other), (other, one)}:
            with locking.holding(self.client(first), apply("never")) as holder:
                locking.refusal(self.client(second), apply("never"))
                holder.crash()
            self.stack.s3().delete_object(Bucket=self.stack.bucket, Key=lockfile_key(KEY))
            item = {"LockID": {"S": lock_id(self.stack.bucket, KEY)}}
            self.stack.dynamodb().delete_item(TableName=self.stack.table, Key=item)

    def move(self, to: Lock, *more: str, code: ExitCode = ExitCode.FINE) -> dict[str, dict[str, Any]]:
        """What the command says of each state, by key."""
        done = self.operator.run("move", "lock", "--to", to.value, "--json", "--yes", *more)
        assert done.code == code, done
        self.said = done.err
        return {row["key"]: row for row in done.json()}

    def fences(self) -> set[tuple[str, str]]:
        """Where there are fences; looked for in the table too where the stack knows none any more."""
        return {(held.key, held.kind.value) for held in self.held() if held.is_fence}

    def held(self) -> list[Held]:
        """All that is held in the first region, in either place."""
        with self.acting():
            table, lockfiles = LockTable(*self._table), self.store().lockfiles
            return [*lockfiles.all(), *(item for item in table.all() if isinstance(item, Held))]

    @contextmanager
    def acting(self) -> Iterator[None]:
        """The stack's credentials for what is called in this process."""
        with patch.dict(os.environ, {**environment.clean(), **self.operator.environment}, clear=True):
            yield

    @property
    def _table(self) -> tuple[Any, Location, str]:
        return self.stack.dynamodb(), self.location, self.stack.table

    def digest(self, key: str = KEY) -> str | None:
        found = self.stack.dynamodb().get_item(
            TableName=self.stack.table, Key={"LockID": {"S": digest_id(self.stack.bucket, key)}}
        )
        return str(found["Item"]["Digest"]["S"]) if "Item" in found else None

    def right_digest(self, key: str = KEY) -> str:
        return digest(self.stack.s3().get_object(Bucket=self.stack.bucket, Key=key)["Body"].read())

    @property
    def location(self) -> Location:
        region = self.stack.outputs["region"]
        return Location(bucket=self.stack.bucket, region=region, lock=Lock.BOTH, table=self.stack.table)

    def store(self) -> Store:
        return Store(Clients(), self.location)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Stack:
    folder = tmp_path_factory.mktemp("move-lock")
    config = {f"state-backend:{name}": value for name, value in CONFIG.items()}
    config |= {"aws:region": "eu-central-1", "aws:allowedAccountIds": [ACCOUNT]}
    deployment = Deployment.prepare("moves", folder, engine, emulator, config=config)
    deployment.up()
    return Stack(
        lock=Lock.DYNAMODB, deployment=deployment, outputs=deployment.outputs(), folder=folder / "terraform"
    )


@pytest.fixture
def moving(stack: Stack) -> Moving:
    made = Moving(stack)
    made.reset(Lock.BOTH)
    return made


def test_from_the_table_to_lockfiles_no_two_clients_ever_lock_apart(moving: Moving, tmp_path: Path) -> None:
    moving.set_lock(Lock.DYNAMODB)
    moving.writes(Lock.DYNAMODB, "by the table")
    leap = moving.operator.run("move", "lock", "--to", "lockfile", "--sure-all", "--yes")
    assert (leap.code, "--to both" in leap.err, moving.lock) == (ExitCode.FAILED, True, Lock.DYNAMODB)

    rows = moving.move(Lock.BOTH)
    assert (rows[KEY]["outcome"], moving.lock) == ("there", Lock.BOTH)
    assert "pulumi up" in moving.said
    moving.exclude_each_other(Lock.DYNAMODB, Lock.BOTH)
    time.sleep(1.0)  # S3 tells times to the second
    moving.writes(Lock.DYNAMODB, "by the table still")

    rows = moving.move(Lock.LOCKFILE, code=ExitCode.FOUND)
    assert (rows[KEY]["outcome"], rows[KEY]["used"]) == ("stays", "table")
    assert rows[KEY]["terraform_version"].startswith("1.")
    assert "it held no lockfile as it wrote" in rows[KEY]["detail"]
    assert (moving.lock, moving.fences()) == (Lock.BOTH, set())

    moving.writes(Lock.BOTH, "by both")
    dry = moving.operator.do("move", "lock", "--to", "lockfile", "--dry-run")
    assert "moved" in dry.out
    assert "leave a fence in the table and delete its digest" in dry.err
    assert (moving.lock, moving.fences()) == (Lock.BOTH, set())
    rows = moving.move(Lock.LOCKFILE, "-o", str(tmp_path))
    assert (rows[KEY]["outcome"], rows[KEY]["used"], rows[OTHER]["used"]) == ("moved", "both", "")
    assert (moving.lock, moving.digest()) == (Lock.LOCKFILE, None)
    assert moving.fences() == {(KEY, "table"), (OTHER, "table")}
    for late in (Lock.DYNAMODB, Lock.BOTH):
        assert TO_LOCKFILES in moving.refused(late)
    written = (tmp_path / "prod" / "network" / "backend.hcl").read_text()
    assert "use_lockfile" in written
    assert "dynamodb_table" not in written
    moving.writes(Lock.LOCKFILE, "by the lockfile")
    assert moving.move(Lock.LOCKFILE)[KEY]["outcome"] == "there"


def test_back_again_digests_are_right_and_late_clients_are_told(moving: Moving) -> None:
    moving.writes(Lock.BOTH, "first")
    moving.move(Lock.LOCKFILE)
    moving.writes(Lock.LOCKFILE, "second")
    rows = moving.move(Lock.BOTH)
    assert (rows[KEY]["outcome"], moving.lock, moving.fences()) == ("moved", Lock.BOTH, set())
    assert moving.digest() == moving.right_digest()
    assert moving.is_clean(Lock.BOTH, "second")
    moving.exclude_each_other(Lock.BOTH, Lock.LOCKFILE)

    # Nobody but statectl said until now that the table is used.
    rows = moving.move(Lock.DYNAMODB, code=ExitCode.FOUND)
    assert (rows[KEY]["outcome"], rows[KEY]["used"]) == ("stays", "unknown")
    moving.writes(Lock.BOTH, "third")
    moving.move(Lock.DYNAMODB)
    assert (moving.lock, moving.fences()) == (Lock.DYNAMODB, {(KEY, "lockfile"), (OTHER, "lockfile")})
    for late in (Lock.LOCKFILE, Lock.BOTH):
        assert TO_TABLE in moving.refused(late)
    assert moving.is_clean(Lock.DYNAMODB, "third")
    assert moving.move(Lock.BOTH)[KEY]["outcome"] == "moved"
    assert moving.is_clean(Lock.BOTH, "third")


def test_a_lockfile_client_that_came_too_early_is_seen_and_mended(moving: Moving) -> None:
    moving.writes(Lock.BOTH, "first")
    moving.writes(Lock.LOCKFILE, "past the table")
    assert moving.digest() != moving.right_digest()  # so that all others refuse to go on
    assert moving.move(Lock.BOTH)[KEY]["outcome"] == "moved"
    assert moving.is_clean(Lock.BOTH, "past the table")


def test_a_state_that_changed_past_every_lock_is_left_to_whoever_can_tell_why(moving: Moving) -> None:
    moving.writes(Lock.DYNAMODB, "first")
    s3, bucket = moving.stack.s3(), moving.stack.bucket
    body = json.loads(s3.get_object(Bucket=bucket, Key=KEY)["Body"].read())
    s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps({**body, "serial": 99}).encode())
    before = moving.digest()
    rows = moving.move(Lock.BOTH, code=ExitCode.FOUND)
    assert (rows[KEY]["outcome"], "statectl recover" in rows[KEY]["detail"]) == ("stays", True)
    assert moving.digest() == before
    assert moving.operator.json("locks", "ls") == []


def test_who_is_at_work_is_not_disturbed_and_the_command_goes_on_later(moving: Moving) -> None:
    with ExitStack() as at_work:
        holder = at_work.enter_context(locking.holding(moving.client(Lock.BOTH), apply("at work")))
        rows = moving.move(Lock.LOCKFILE, "--sure-all", code=ExitCode.LOCKED)
        assert (rows[KEY]["outcome"], rows[OTHER]["outcome"]) == ("locked", "moved")
        assert "OperationTypeApply" in rows[KEY]["detail"]
        assert (moving.lock, moving.fences()) == (Lock.BOTH, {(OTHER, "table")})
        holder.approve()
    rows = moving.move(Lock.LOCKFILE)
    assert (rows[KEY]["outcome"], rows[OTHER]["outcome"], moving.lock) == ("moved", "there", Lock.LOCKFILE)


def test_somebody_says_which_states_can_take_the_step(moving: Moving) -> None:
    moving.writes(Lock.DYNAMODB, "first")
    assert moving.move(Lock.LOCKFILE, "--sure", "prod/database", code=ExitCode.FOUND)[KEY]["outcome"] == "stays"
    assert moving.move(Lock.LOCKFILE, "--sure", "prod/network")[KEY]["outcome"] == "moved"


def test_a_fence_is_told_from_a_lock_everywhere(moving: Moving) -> None:
    moving.writes(Lock.BOTH, "first")
    moving.writes(Lock.BOTH, "second")
    moving.move(Lock.LOCKFILE)
    moving.set_lock(Lock.BOTH)  # as another team's checkout may still say
    fence = next(lock for lock in moving.operator.json("locks", "ls") if lock["key"] == KEY)
    assert (fence["operation"], fence["missing"]) == (Fence.TABLE, [])
    assert moving.operator.do("locks", "ls", "--older-than", "0s").out == ""
    shown = moving.operator.do("locks", "show", "prod/network")
    assert "Nobody holds the lock" in shown.err
    broken = moving.operator.run("locks", "break", KEY, fence["id"], "--reason", "old", "--yes")
    assert (broken.code, "statectl move lock --to both" in broken.err) == (ExitCode.LOCKED, True)
    (state,) = (row for row in moving.operator.json("states", "ls") if row["key"] == KEY)
    assert (state["lock"], state["digest"]) == ([], "none")
    # A restore takes the lockfile alone, and keeps no digest that the next client would make wrong.
    moving.operator.do("versions", "restore", "prod/network", "latest-1", "--yes")
    assert moving.digest() is None
    assert moving.is_clean(Lock.LOCKFILE, "first")
    # A failover holds what can still be taken, and gives back no more than that.
    with moving.acting():
        store = moving.store()
        lock = own_lock(store.location.bucket, KEY, operation="statectl failover", info="")
        held, _ = hold(store, KEY, lock, break_locks=True)
        assert [one.kind for one in held] == ["lockfile"]
        store.free_lock(held)
    assert moving.fences() == {(KEY, "table"), (OTHER, "table")}


class Killed(BaseException):
    """What ends everything at once, and lets nobody clean up behind it."""


@pytest.mark.parametrize("to", [Lock.LOCKFILE, Lock.BOTH, Lock.DYNAMODB])
def test_killed_at_any_call_it_goes_on(moving: Moving, request: pytest.FixtureRequest, to: Lock) -> None:
    step = 1 if request.config.getoption("--soak") else 12
    place = {Lock.LOCKFILE: {"table"}, Lock.DYNAMODB: {"lockfile"}, Lock.BOTH: set()}[to]
    calls = 0
    with moving.acting():
        store = moving.store()
        for number in range(2, 100, step):
            key = f"prod/killed-{number}/terraform.tfstate"
            at_its_start(moving, store, key, to)
            calls = die(number, key, mover(store, key, to))
            if calls < number:
                break
            again = mover(store, key, to)
            done = again.move(again.forecast(key))
            assert done.outcome.is_well, (number, done)
            assert {held.kind.value for held in store.locks(key) if held.is_fence} == place, number
            assert all(held.is_fence for held in store.locks(key)), number
            assert moving.digest(key) == (None if to is Lock.LOCKFILE else moving.right_digest(key)), number
    assert calls > 8


def at_its_start(moving: Moving, store: Store, key: str, to: Lock) -> None:
    """A state whose locks are where they come from."""
    body = b'{"version": 4, "serial": 1, "lineage": "a", "terraform_version": "1.15.5", "resources": []}'
    moving.stack.s3().put_object(Bucket=moving.stack.bucket, Key=key, Body=body)
    item = {"LockID": {"S": digest_id(moving.stack.bucket, key)}, "Digest": {"S": digest(body)}}
    moving.stack.dynamodb().put_item(TableName=moving.stack.table, Item=item)
    if to is Lock.BOTH:
        before = mover(store, key, Lock.LOCKFILE)
        assert before.move(before.forecast(key)).outcome is Outcome.MOVED


def mover(store: Store, key: str, to: Lock) -> LockMover:
    """Who moves the locks, as a new process finds them; somebody is sure of all clients."""
    fences = frozenset(held.kind for held in store.locks(key) if held.is_fence)
    assert store.table is not None
    return LockMover(
        store=store,
        second=None,
        table=store.table,
        to=to,
        fenced={key: fences},
        sure=None,
        from_lockfile=False,
    )


def die(number: int, key: str, who: LockMover) -> int:
    """Let a move die at its so-manieth call, which AWS does not hear of, nor of any after; how many it made."""
    planned, send, seen = who.forecast(key), URLLib3Session.send, 0

    def heard(session: URLLib3Session, sent: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen >= number:
            raise Killed
        return send(session, sent)

    with patch.object(URLLib3Session, "send", heard), suppress(Killed):
        who.move(planned)
    return seen


def test_the_table_lets_nobody_in_before_it_knows_the_state(moving: Moving) -> None:
    key, free, known = "prod/ordered/terraform.tfstate", LockTable.free, list[bool]()

    def freed(table: LockTable, held: Held) -> None:
        if held.is_fence:
            known.append(moving.digest(key) == moving.right_digest(key))
        free(table, held)

    with moving.acting():
        store = moving.store()
        at_its_start(moving, store, key, Lock.BOTH)
        assert moving.digest(key) is None
        back = mover(store, key, Lock.BOTH)
        with patch.object(LockTable, "free", freed):
            back.move(back.forecast(key))
    assert known == [True]


def test_an_interrupted_runs_lock_keeps_clients_out_until_it_goes_on(moving: Moving) -> None:
    moving.writes(Lock.BOTH, "first")
    text = render_lock(working_lock(moving.stack.bucket, KEY))
    moving.stack.s3().put_object(Bucket=moving.stack.bucket, Key=lockfile_key(KEY), Body=text, IfNoneMatch="*")
    assert "goes on where it was interrupted" in moving.refused(Lock.BOTH)
    moving.move(Lock.LOCKFILE)
    moving.writes(Lock.LOCKFILE, "second")


def test_without_a_lock_table_the_stack_file_comes_first(moving: Moving) -> None:
    moving.set_lock(Lock.LOCKFILE)
    moving.writes(Lock.LOCKFILE, "first")
    gone = patch.object(lock_places, "_table", lambda _: "acme-tfstate-gone")
    with gone:
        refused = moving.operator.run("move", "lock", "--to", "both", "--yes")
        assert (refused.code, moving.lock) == (ExitCode.FAILED, Lock.BOTH)
        assert "pulumi up, which makes it, then run the same command again" in refused.err
        # Where there is no table, nobody can use it.
        moving.move(Lock.LOCKFILE)
        assert moving.lock is Lock.LOCKFILE
    moving.move(Lock.BOTH)
    assert moving.digest() == moving.right_digest()


def test_the_second_regions_table_is_fenced_too(moving: Moving) -> None:
    moving.move(Lock.LOCKFILE)
    there = moving.stack.deployment.client("dynamodb", moving.stack.outputs["replica_region"])
    items = there.scan(TableName=moving.stack.table)["Items"]
    bucket = moving.stack.outputs["replica_bucket_name"]
    assert {item["LockID"]["S"] for item in items} == {lock_id(bucket, KEY), lock_id(bucket, OTHER)}
    moving.move(Lock.BOTH)
    assert there.scan(TableName=moving.stack.table)["Items"] == []

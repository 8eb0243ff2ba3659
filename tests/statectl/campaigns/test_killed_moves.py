"""A move that is killed at any of its calls loses nothing, lets nobody in, and goes on when it is run again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.move.local_file import KEPT_SUFFIX
from statectl.move.notes import WORKING
from statefile.keys import digest_id, lock_id, lockfile_key
from statefile.moved import MOVED, note_of
from statefile.state import digest
from tests.statectl.campaigns.test_killed import killed_at
from tests.statectl.stack import Stack

BODY = json.dumps({"version": 4, "serial": 7, "lineage": "killed", "resources": []}).encode()
FREE = "nobody"
NOBODY = {FREE}
OLDER = json.dumps({"version": 4, "serial": 3, "lineage": "killed", "resources": []}).encode()

NEARLY = (BODY, frozenset({WORKING}))
"""The state is at the target, and nobody is let at it yet."""


@pytest.fixture
def stack(lock: Lock, stack_of: Callable[[Lock], Stack]) -> Stack:
    """A stack of each kind of lock that the campaign runs on."""
    return stack_of(lock)


def points(request: pytest.FixtureRequest, few: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """The calls to be killed at, before and after; a few of them without ``--soak``."""
    if not request.config.getoption("--soak"):
        return few
    return [(number, done) for number in range(1, 100) for done in (False, True)]


def body(stack: Stack, key: str) -> bytes | None:
    s3 = stack.s3()
    try:
        read: bytes = s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    return read


def operations(stack: Stack, key: str) -> set[str]:
    """What its lock is held for, in either place."""
    held = [body(stack, lockfile_key(key))]
    if stack.lock.uses_table:
        id_ = {"LockID": {"S": lock_id(stack.bucket, key)}}
        item = stack.dynamodb().get_item(TableName=stack.table, Key=id_).get("Item")
        held.append(item["Info"]["S"].encode() if item else None)
    return {json.loads(text)["Operation"] if text else FREE for text in held}


def clear(stack: Stack, key: str) -> None:
    """No lock of this state any more."""
    stack.s3().delete_object(Bucket=stack.bucket, Key=lockfile_key(key))
    if stack.lock.uses_table:
        id_ = {"LockID": {"S": lock_id(stack.bucket, key)}}
        stack.dynamodb().delete_item(TableName=stack.table, Key=id_)


def assert_moved(stack: Stack, key: str) -> None:
    assert body(stack, key) == BODY
    assert operations(stack, key) == NOBODY
    if stack.lock.uses_table:
        item = stack.dynamodb().get_item(
            TableName=stack.table, Key={"LockID": {"S": digest_id(stack.bucket, key)}}
        )
        assert item["Item"]["Digest"]["S"] == digest(BODY)


def test_a_killed_move_of_a_key_loses_nothing_and_goes_on(stack: Stack, request: pytest.FixtureRequest) -> None:
    operator, killed, seen = stack.operator(), 0, set()
    # As the note is up, and as the state is written and its digest is not.
    for number, done in points(request, [(18, True), (32, False)]):
        source, target = (f"killed-moves/{number}-{done}/{name}/terraform.tfstate" for name in ("a", "b"))
        stack.s3().put_object(Bucket=stack.bucket, Key=source, Body=BODY)
        stack.s3().put_object(Bucket=stack.bucket, Key=target, Body=OLDER)
        command = ["move", "key", source, target, "--yes"]
        was_killed = killed_at(stack, number, command, done=done)
        killed += was_killed
        assert body(stack, source) == BODY
        left = body(stack, target)
        assert left in {OLDER, BODY}
        seen.add((left, frozenset(operations(stack, target))))
        assert operations(stack, target) <= {WORKING, FREE}
        assert operations(stack, source) <= {MOVED, FREE}
        if left == BODY:
            # Nobody who comes to the old place may write there any more.
            assert operations(stack, source) == {MOVED}
        operator.do(*command)
        assert_moved(stack, target)
        assert operations(stack, source) == {MOVED}
        clear(stack, source)
        if not was_killed:
            break
    assert killed > 1
    assert NEARLY in seen


def test_a_killed_move_of_a_local_file_loses_nothing_and_goes_on(
    stack: Stack, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    operator, killed = stack.operator(), 0
    # As the state is written, and the file still what it was.
    for number, done in points(request, [(12, True)]):
        key = f"killed-moves/{number}-{done}/local/terraform.tfstate"
        file = tmp_path / f"{number}-{done}" / "terraform.tfstate"
        file.parent.mkdir()
        file.write_bytes(BODY)
        command = ["move", "local", str(file), key, "--yes"]
        was_killed = killed_at(stack, number, command, done=done)
        killed += was_killed
        kept = file.with_name(file.name + KEPT_SUFFIX)
        assert BODY in {file.read_bytes(), kept.read_bytes() if kept.exists() else b""}
        assert body(stack, key) in {None, BODY}
        assert operations(stack, key) <= {WORKING, FREE}
        assert operator.run(*command).code == ExitCode.FINE
        assert_moved(stack, key)
        assert note_of(file.read_bytes()) == f"s3://{stack.bucket}/{key}"
        assert sorted(one.name for one in file.parent.iterdir()) == [file.name, kept.name]
        if not was_killed:
            break
    assert killed > 0

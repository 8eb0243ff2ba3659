"""Moves of states, as far as what is there decides: what goes where, what fits, what is left behind."""

import fcntl
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.known_backend import KnownBackend
from statectl.move.fit import Fit, fit
from statectl.move.local_file import LocalFile
from statectl.move.local_tree import state_files
from statectl.move.outcome import RefusedError
from statectl.move.selection import Selection
from statectl.own_lock import own_lock
from statectl.refusal import RefusalError
from statefile.keys import split_workspace, workspace_key
from statefile.lock import parse_lock
from statefile.moved import note_of, render_note
from store.bucket import Content
from store.failures import LockedError
from store.location import Location

BACKEND = KnownBackend(source="bucket b", location=Location(bucket="b", region="r", lock=Lock.LOCKFILE))
NAME = st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True)
TARGET = "s3://b/prod/network/terraform.tfstate"


def state(serial: int, lineage: str = "one", **more: object) -> bytes:
    return json.dumps({"version": 4, "serial": serial, "lineage": lineage, **more}).encode()


def content(body: bytes, version_id: str = "v1") -> Content:
    return Content(
        key="k", body=body, etag="e", version_id=version_id, modified=datetime.now(UTC), replication=None
    )


def judge(body: bytes, there: Content | None, *, replace: bool = False, noted: bool = False) -> Fit:
    return fit("A", body, "B", there, replace=replace, noted=noted)


def test_a_state_goes_where_there_is_none_an_older_one_or_the_same() -> None:
    assert judge(state(5), None) is Fit.FREE
    assert judge(state(5), content(state(4))) is Fit.OLDER
    assert judge(state(5), content(state(5))) is Fit.SAME


def test_what_would_be_buried_is_refused_with_both_serials_or_lineages() -> None:
    cases = {
        "A has serial 5, and B is newer: serial 6": state(6),
        "A and B both have serial 5, and differ": state(5, outputs={}),
        "A has lineage one, and B has other": state(1, "other"),
        "B is cut off": state(4)[:-5],
    }
    for told, there in cases.items():
        with pytest.raises(RefusedError, match=told):
            judge(state(5), content(there))
        assert judge(state(5), content(there), replace=True) is Fit.REPLACED
        with pytest.raises(RefusedError, match="needs a bucket with versioning"):
            judge(state(5), content(there, "null"), replace=True)


def test_what_moved_is_there_also_once_it_was_written_there_and_not_where_another_state_is() -> None:
    assert judge(state(5), content(state(9)), noted=True) is Fit.NEWER
    with pytest.raises(RefusedError):
        judge(state(5), content(state(9, "other")), noted=True)


def test_what_is_no_state_does_not_move() -> None:
    for body in (b"", b"{}", state(5)[:-1]):
        with pytest.raises(RefusedError, match=r"^A "):
            judge(body, None, replace=True)


def test_files_of_a_folder_go_to_their_paths_and_workspaces_to_theirs(tmp_path: Path) -> None:
    files = {
        "prod/network/terraform.tfstate": "old/prod/network/terraform.tfstate",
        "prod/network/terraform.tfstate.d/blue/terraform.tfstate": "env:/blue/old/prod/network/terraform.tfstate",
        "dev/web/api/terraform.tfstate": "old/dev/web/api/terraform.tfstate",
        # What Terraform keeps for itself, what a move left, and backups are no states.
        "prod/network/.terraform/terraform.tfstate": None,
        "prod/network/terraform.tfstate.moved-to-s3": None,
        "prod/network/terraform.tfstate.backup": None,
    }
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(state(1))
    found = state_files(tmp_path, None, prefix="old/", workspace_prefix="env:")
    assert found == {tmp_path / name: key for name, key in files.items() if key is not None}


def test_a_folder_with_a_named_state_is_that_state_and_its_workspaces_alone(tmp_path: Path) -> None:
    for name in ("", "terraform.tfstate.d/blue/", "modules/other/"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "terraform.tfstate").write_bytes(state(1))
    found = state_files(tmp_path, "a/terraform.tfstate", prefix="", workspace_prefix="env:")
    assert sorted(found.values()) == ["a/terraform.tfstate", "env:/blue/a/terraform.tfstate"]


@given(st.lists(NAME, min_size=1, max_size=3), NAME)
def test_a_key_moves_in_its_workspace_and_back_to_where_it_was(parts: list[str], workspace: str) -> None:
    name = "/".join(parts)
    base = f"old/{name}/terraform.tfstate"
    key = workspace_key(workspace, base)
    for one, other in (("old/", "new/x/"), (f"old/{name}", "new")):
        here, there = Selection.of(BACKEND, one), Selection.of(BACKEND, other)
        assert here.holds(key)
        moved = here.moved(key, there)
        assert there.holds(moved)
        assert not here.holds(moved)
        assert split_workspace(moved)[0] == split_workspace(key)[0]
        assert there.moved(moved, here) == key


def test_one_workspace_named_by_its_whole_key_moves_alone() -> None:
    blue = Selection.of(BACKEND, "env:/blue/prod/network/terraform.tfstate")
    assert blue.holds("env:/blue/prod/network/terraform.tfstate")
    assert not blue.holds("prod/network/terraform.tfstate")
    own = Selection.of(BACKEND, "prod-blue/network")
    assert blue.moved(blue.name, own) == "prod-blue/network/terraform.tfstate"


def test_places_that_overlap_are_refused() -> None:
    for one, other in (("prod/", "prod/"), ("prod/", "prod/old/"), ("prod/old/", "prod/"), ("prod/a", "new/")):
        with pytest.raises(RefusalError) as refused:
            Selection.of(BACKEND, one).refuse_overlap(Selection.of(BACKEND, other))
        assert refused.value.code == ExitCode.USAGE


@pytest.fixture
def file(tmp_path: Path) -> LocalFile:
    path = tmp_path / "terraform.tfstate"
    path.write_bytes(state(3))
    path.chmod(0o644)
    return LocalFile(path)


def test_a_local_state_becomes_a_note_and_what_it_held_stays_for_its_owner_alone(file: LocalFile) -> None:
    lock = own_lock("", file.url, operation="statectl move", info="", resumed="mine")
    file.hold(lock)
    assert parse_lock(file.lock_info.read_bytes()).id == "mine"
    assert file.read() == state(3)
    file.leave_note(TARGET, "eu-central-1")
    file.leave_note(TARGET, "eu-central-1")
    file.let_go()
    assert file.kept.read_bytes() == state(3)
    assert stat.S_IMODE(file.kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o644
    assert file.moved_to() == TARGET
    assert TARGET in json.loads(file.path.read_bytes())["terraform_version"]
    assert sorted(one.name for one in file.path.parent.iterdir()) == [file.path.name, file.kept.name]


def test_what_was_kept_of_another_state_is_not_written_over(file: LocalFile) -> None:
    file.kept.write_bytes(state(1, "other"))
    with pytest.raises(RefusedError, match="holds something else"):
        file.leave_note(TARGET, "eu-central-1")
    assert file.path.read_bytes() == state(3)
    assert file.kept.read_bytes() == state(1, "other")


def test_a_local_state_that_another_process_locked_is_refused_and_left(file: LocalFile) -> None:
    script = (
        "import fcntl, sys; state = open(sys.argv[1], 'r+'); fcntl.lockf(state, fcntl.LOCK_EX); "
        "print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(file.path)]
    mine = own_lock("", file.url, operation="statectl move", info="")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(LockedError, match="another process has locked"):
            file.hold(mine)
        assert not file.lock_info.exists()
        other.communicate()
    file.hold(mine)
    file.let_go()


def test_a_lock_of_somebody_else_beside_the_file_is_honoured_and_left(file: LocalFile) -> None:
    theirs = b'{"ID":"theirs","Operation":"OperationTypeApply","Who":"ada@host"}'
    file.lock_info.write_bytes(theirs)
    with pytest.raises(LockedError, match=r"ada@host holds the lock theirs .* delete that file"):
        file.hold(own_lock("", file.url, operation="statectl move", info=""))
    assert file.lock_info.read_bytes() == theirs
    handle = os.open(file.path, os.O_RDWR)
    fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)


def test_a_note_is_told_from_states_and_from_anything_else() -> None:
    assert note_of(render_note(TARGET, "moved")) == TARGET
    for body in (state(1), b"", b'{"statectl_moved_to"', b'["statectl_moved_to"]', b'{"statectl_moved_to": 1}'):
        assert note_of(body) is None

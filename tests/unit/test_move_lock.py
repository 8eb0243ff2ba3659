"""Who locks where at which stage, what traces tell of a writer, and the one line of a stack file that changes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.model import Lock
from settings.stack_file import load_stack_file
from statectl.move.lock_evidence import Evidence, LastWriter, LockfileTaken, knows_lockfiles, last_writer
from statectl.move.lock_fence import fence_lock, working_lock
from statectl.move.lock_setting import set_lock
from statectl.move.lock_stage import Stage, admitted, places
from statectl.refusal import RefusalError
from statectl.states.listing import DigestCheck
from statefile.fence import Fence, fence_of
from statefile.lock import parse_lock, render_lock
from store.held import LockKind
from tests.unit.program import ROOT

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("stage", list(Stage))
def test_any_two_clients_of_a_stage_exclude_each_other(stage: Stage) -> None:
    for one, other in product(stage.clients, repeat=2):
        assert places(one) & places(other), (one, other)


@pytest.mark.parametrize("stage", list(Stage))
def test_nobody_who_belongs_to_a_stage_is_fenced_out_of_it(stage: Stage) -> None:
    assert stage.clients <= admitted(stage.fences)


def test_where_one_lock_is_left_the_fence_keeps_out_all_others() -> None:
    assert admitted(Stage.TABLE.fences) == Stage.TABLE.clients == {Lock.DYNAMODB}
    assert admitted(Stage.LOCKFILE.fences) == Stage.LOCKFILE.clients == {Lock.LOCKFILE}


def test_clients_of_neighbouring_stages_exclude_each_other_but_for_those_that_a_step_waits_for() -> None:
    stages = list(Stage)
    apart = {
        (before, one, after, other)
        for before, after in pairwise(stages)
        for one, other in product(before.clients, after.clients)
        if not places(one) & places(other)
    }
    # The one step that cannot be fenced: it waits until no writer of the table alone is left, or somebody says so.
    assert apart == {(Stage.BOTH_OR_TABLE, Lock.DYNAMODB, Stage.BOTH_OR_LOCKFILE, Lock.LOCKFILE)}


def evidence(**given: Any) -> Evidence:
    """Of a state that both locks were taken for, half an hour ago."""
    usual: dict[str, Any] = {
        "modified": NOW - HOUR / 2,
        "version": "1.15.5",
        "digest": DigestCheck.MATCHES,
        "by_client": True,
        "lockfile": LockfileTaken(since=NOW - HOUR, until=NOW),
        "looked": NOW,
    }
    return Evidence(**{**usual, **given})


GONE = {"lockfile": None, "modified": NOW - 30 * HOUR}
NO_TABLE = {"digest": DigestCheck.NONE}


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({}, "both"),
        ({"lockfile": None}, "table"),
        ({"lockfile": LockfileTaken(since=NOW - 2 * HOUR, until=NOW - HOUR)}, "table"),
        ({"version": "1.9.8"}, "table"),
        ({"version": "1.9.8", **GONE}, "table"),
        (GONE, "unknown"),
        ({**GONE, "lockfile": LockfileTaken(since=NOW - HOUR, until=NOW)}, "both"),
        ({"version": "1.9.8", "lockfile": LockfileTaken(since=NOW - HOUR / 4, until=NOW)}, "both"),
        ({"lockfile": LockfileTaken(since=NOW - HOUR, until=None)}, "both"),
        (NO_TABLE, "lockfile"),
        ({"digest": DigestCheck.DIFFERS}, "lockfile"),
        ({**NO_TABLE, "lockfile": None}, "none"),
        ({**NO_TABLE, **GONE}, "unknown"),
        ({"digest": DigestCheck.UNKNOWN}, "unknown"),
        ({"by_client": False}, "unknown"),
        ({"version": "", "lockfile": None}, "table"),
        ({"modified": None}, ""),
    ],
)
def test_traces_tell_which_locks_the_last_writer_took(given: dict[str, Any], used: str) -> None:
    found = last_writer(evidence(**given))
    assert found.used == used
    assert found.can_step_to(Lock.BOTH)
    assert found.can_step_to(Lock.LOCKFILE) == (used in {"both", "lockfile", ""} or found.lockfile is True)
    assert found.can_step_to(Lock.DYNAMODB) == (used in {"both", "table", ""} or found.table is True)
    assert found.why


@given(
    st.sampled_from([None, *(NOW - HOUR * hours for hours in (0, 1, 23, 25, 100))]),
    st.sampled_from(["", "1.9.8", "1.10.0", "1.15.5", "2.0.0", "nonsense"]),
    st.sampled_from(list(DigestCheck)),
    st.booleans(),
)
def test_without_a_trace_of_a_lockfile_nobody_is_let_go_on_without_the_table(
    modified: datetime | None, version: str, digest: DigestCheck, by_client: bool
) -> None:
    found = last_writer(
        evidence(modified=modified, version=version, digest=digest, by_client=by_client, lockfile=None)
    )
    assert not found.can_step_to(Lock.LOCKFILE) or modified is None


@given(st.integers(0, 40), st.integers(0, 30))
def test_lockfiles_are_known_since_one_ten(minor: int, patch: int) -> None:
    assert knows_lockfiles(f"1.{minor}.{patch}") == (minor >= 10)
    assert knows_lockfiles(f"v1.{minor}.{patch}-rc1") == (minor >= 10)


def test_what_is_no_version_tells_nothing() -> None:
    assert knows_lockfiles("") is None
    assert knows_lockfiles("0.12.31") is False
    assert LastWriter(table=None, lockfile=None).used == "unknown"


@pytest.mark.parametrize("fence", list(Fence))
def test_a_fence_is_known_by_what_it_says_and_is_the_same_each_time(fence: Fence) -> None:
    made, again = (fence_lock(fence, "bucket", "a.tfstate") for _ in range(2))
    assert fence_of(parse_lock(render_lock(made))) is fence
    assert made.id == again.id
    assert made.id != fence_lock(fence, "bucket", "b.tfstate").id
    assert fence_of(working_lock("bucket", "a.tfstate")) is None


STACK = """# Ask before you change this.
config:
  aws:region: eu-central-1   # Frankfurt
  aws:allowedAccountIds: ["123456789012"]
  state-backend:namePrefix: acme
  state-backend:accountId: "123456789012"
{line}  state-backend:states:
    # More to come.
    prod: [network, lock]
"""


@pytest.mark.parametrize(
    ("line", "then"),
    [
        ("  state-backend:lock: both\n", "  state-backend:lock: lockfile\n"),
        ("  state-backend:lock: 'both'  # for now\n", "  state-backend:lock: lockfile  # for now\n"),
        ('  "state-backend:lock": "dynamodb"\n', '  "state-backend:lock": lockfile\n'),
        ("", None),
    ],
)
def test_the_setting_changes_and_all_else_stays_as_it_is(tmp_path: Path, line: str, then: str | None) -> None:
    path = stack_file(tmp_path, STACK.format(line=line))
    before = load_stack_file(path)
    assert set_lock(path, before, Lock.LOCKFILE)
    assert load_stack_file(path) == before.model_copy(update={"lock": Lock.LOCKFILE})
    if then is None:
        added = "  state-backend:namePrefix: acme\n  state-backend:lock: lockfile\n"
        assert path.read_text() == STACK.format(line="").replace("  state-backend:namePrefix: acme\n", added)
    else:
        assert path.read_text() == STACK.format(line=then)
    assert not set_lock(path, load_stack_file(path), Lock.LOCKFILE)


def test_a_setting_that_is_written_in_another_way_is_left_to_a_person(tmp_path: Path) -> None:
    text = STACK.format(line="  state-backend:lock: >-\n    both\n")
    path = stack_file(tmp_path, text)
    with pytest.raises(RefusalError, match="could not be changed from both to lockfile") as refused:
        set_lock(path, load_stack_file(path), Lock.LOCKFILE)
    assert "by hand" in refused.value.next_step
    assert path.read_text() == text


@pytest.mark.parametrize("stack", ["prod", "staging", "local"])
def test_the_projects_own_stack_files_can_be_changed(tmp_path: Path, stack: str) -> None:
    path = stack_file(tmp_path, (ROOT / f"Pulumi.{stack}.yaml").read_text(), stack)
    for lock in (Lock.LOCKFILE, Lock.DYNAMODB, Lock.BOTH):
        set_lock(path, load_stack_file(path), lock)
        assert load_stack_file(path).lock is lock


def stack_file(folder: Path, text: str, stack: str = "prod") -> Path:
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    path = folder / f"Pulumi.{stack}.yaml"
    path.write_text(text)
    return path


def test_a_state_is_never_locked_in_no_place_at_all() -> None:
    assert all(places(lock) for lock in Lock)
    assert set.union(*(set(places(lock)) for lock in Lock)) == set(LockKind)

"""States and locks are read whatever they hold, and changed in nothing but what was meant."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statefile.difference import Kind, difference
from statefile.keys import (
    digest_id,
    id_in_bucket,
    lock_id,
    lockfile_key,
    split_workspace,
    state_of_lockfile,
    workspace_key,
)
from statefile.lock import LockInfo, UnreadableLockError, id_of, parse_lock, render_lock
from statefile.serial import with_serial
from statefile.state import MAX_SERIAL, UnreadableStateError, digest, guess_serial, parse_state

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAME = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@st.composite
def states(draw: st.DrawFn) -> dict[str, Any]:
    """What Terraform could have written."""
    instances = st.lists(
        st.fixed_dictionaries({"attributes": st.dictionaries(NAME, JSON, max_size=3)}), min_size=1, max_size=3
    ).map(lambda made: [{**one, "index_key": index} for index, one in enumerate(made)])
    resource = st.fixed_dictionaries(
        {"mode": st.sampled_from(["managed", "data"]), "type": NAME, "name": NAME, "instances": instances}
    )
    return {
        "version": 4,
        "terraform_version": draw(st.sampled_from(["1.5.7", "1.15.5", "1.11.0-beta1"])),
        "serial": draw(st.integers(min_value=0, max_value=MAX_SERIAL)),
        "lineage": draw(st.uuids().map(str) | st.just("")),
        "outputs": draw(st.dictionaries(NAME, st.fixed_dictionaries({"value": JSON}), max_size=3)),
        "resources": draw(
            st.lists(resource, max_size=3, unique_by=lambda made: (made["mode"], made["type"], made["name"]))
        ),
        "check_results": None,
    }


def written(state: dict[str, Any], *, indent: int | None = 2) -> bytes:
    return json.dumps(state, indent=indent).encode()


@given(states())
def test_a_state_says_its_serial_lineage_and_what_it_holds(state: dict[str, Any]) -> None:
    read = parse_state(written(state))
    assert (read.serial, read.lineage) == (state["serial"], state["lineage"])
    assert read.resources == sum(len(resource["instances"]) for resource in state["resources"])
    assert read.outputs == tuple(state["outputs"])


@given(states(), st.integers(min_value=0, max_value=MAX_SERIAL), st.sampled_from([None, 0, 2]))
def test_another_serial_changes_no_other_byte(state: dict[str, Any], serial: int, indent: int | None) -> None:
    before = written(state, indent=indent)
    after = with_serial(before, serial)
    assert json.loads(after) == {**state, "serial": serial}
    assert parse_state(after) == replace(parse_state(before), serial=serial)
    old, new = str(state["serial"]).encode(), str(serial).encode()
    assert before.split(b'"serial"', 1)[0] == after.split(b'"serial"', 1)[0]
    assert len(after) - len(before) == len(new) - len(old)


def test_numbers_that_python_cannot_hold_survive_another_serial() -> None:
    state = b'{"version":4,"serial":1,"lineage":"l","x":{"serial":7,"n":1.00000000000000000001,"m":1e999}}'
    assert with_serial(state, 2) == state.replace(b'"serial":1', b'"serial":2', 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "is cut off"),
        (b'{"version":4,"serial":1,"lineage":"l","resources":[{"mode":"man', "is cut off"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"<Error/>", "is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"{}", "has no serial"),
        (b'{"version":4,"serial":1}', "has no lineage"),
        (b'{"version":4,"serial":-1,"lineage":"l"}', "has a serial that is none"),
        (b'{"version":4,"serial":1.5,"lineage":"l"}', "has a serial that is none"),
        (b'{"version":4,"serial":18446744073709551616,"lineage":"l"}', "has a serial that is none"),
        (b'{"serial":1,"lineage":"l"}', "says no version of its format"),
        (b'{"version":3,"serial":1,"lineage":"l","modules":[]}', "is of format version 3"),
        (b'{"version":9,"serial":1,"lineage":"l"}', "is of format version 9"),
        (b'{"version":4,"serial":1,"lineage":"l","resources":7}', "has a resources that is none"),
    ],
)
def test_what_is_no_state_is_told_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableStateError, match=f"^{reason}$"):
        parse_state(body)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_rubbish_is_a_finding_and_never_a_crash(body: bytes) -> None:
    for read in (parse_state, lambda text: with_serial(text, 3), lambda text: difference(text, text)):
        try:
            read(body)
        except UnreadableStateError as error:
            assert str(error)
    guess_serial(body)
    id_of(body)


INSTANCE = st.dictionaries(
    st.sampled_from(["index_key", "attributes", "sensitive_attributes", "deposed", "status", "private"]), JSON
)
HALF_STATES = st.fixed_dictionaries(
    {"version": st.just(4), "serial": st.just(1), "lineage": st.just("l")},
    optional={
        "resources": st.lists(
            st.dictionaries(st.sampled_from(["module", "mode", "type", "name"]), JSON).flatmap(
                lambda made: st.lists(INSTANCE, max_size=2).map(lambda held: {**made, "instances": held})
            ),
            max_size=2,
        ),
        "outputs": st.dictionaries(st.text(), st.dictionaries(st.sampled_from(["value", "sensitive"]), JSON)),
        "encrypted_data": JSON,
    },
)


@given(HALF_STATES, HALF_STATES)
def test_what_is_half_a_state_is_compared_without_a_crash(one: dict[str, Any], other: dict[str, Any]) -> None:
    with contextlib.suppress(UnreadableStateError):
        difference(written(one), written(other))


@given(states(), st.data())
def test_a_state_that_is_cut_off_anywhere_is_not_taken_for_one(state: dict[str, Any], data: st.DataObject) -> None:
    body = written(state)
    end = data.draw(st.integers(min_value=0, max_value=len(body) - 1))
    with pytest.raises(UnreadableStateError):
        parse_state(body[:end])
    assert guess_serial(body[:end]) in {None, state["serial"], *_beginnings(state["serial"])}


def _beginnings(number: int) -> list[int]:
    digits = str(number)
    return [int(digits[:end]) for end in range(1, len(digits))]


def test_no_reason_shows_a_value() -> None:
    secret = "hunter2"
    for body in (
        b'{"version":4,"serial":"hunter2","lineage":"l"}',
        b'{"version":4,"serial":1,"lineage":"l","outputs":{"password":"hunter2"}}',
        b'{"version":4,"serial":1,"lineage":"l","outputs":{"a":{"value":"hunter2"}',
    ):
        with pytest.raises(UnreadableStateError) as caught:
            parse_state(body)
        assert secret not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_state_that_opentofu_encrypted_is_known_and_not_changed() -> None:
    body = b'{"serial":3,"lineage":"l","meta":{},"encrypted_data":"AAAA","encryption_version":"v0"}'
    assert parse_state(body).encrypted
    assert parse_state(body).serial == 3
    with pytest.raises(UnreadableStateError, match="encrypted by OpenTofu"):
        with_serial(body, 4)


def test_a_serial_that_is_named_twice_is_not_changed() -> None:
    with pytest.raises(UnreadableStateError, match="more than once"):
        with_serial(b'{"version":4,"serial":1,"lineage":"l","serial":2}', 3)


def test_a_digest_is_the_md5_that_terraform_keeps() -> None:
    assert digest(b"abc") == "900150983cd24fb0d6963f7d28e17f72"


@given(
    st.builds(
        LockInfo,
        id=st.text(min_size=1),
        operation=st.text(),
        info=st.text(),
        who=st.text(),
        version=st.text(),
        created=st.datetimes(timezones=st.just(UTC)),
        path=st.text(),
    )
)
def test_a_lock_is_read_as_it_was_written(lock: LockInfo) -> None:
    assert parse_lock(render_lock(lock)) == lock
    assert id_of(render_lock(lock)) == lock.id


def test_a_lock_of_terraform_is_read_to_the_second_it_says() -> None:
    text = (
        b'{"ID":"e0","Operation":"OperationTypeApply","Info":"","Who":"ann@host","Version":"1.15.5",'
        b'"Created":"2026-11-25T03:10:00.123456789Z","Path":"b/k"}'
    )
    lock = parse_lock(text)
    assert (lock.id, lock.who, lock.version) == ("e0", "ann@host", "1.15.5")
    assert lock.created == datetime(2026, 11, 25, 3, 10, 0, 123456, tzinfo=UTC)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_lock_that_cannot_be_read_has_an_id_all_the_same(text: bytes) -> None:
    try:
        assert parse_lock(text).id == id_of(text)
    except UnreadableLockError:
        assert id_of(text).startswith("unreadable-")
        assert id_of(text) != id_of(text + b"x")


KEYS = st.text(min_size=1).filter(lambda key: not key.endswith(".tflock"))


@given(st.from_regex(r"[a-z0-9-]{3,20}", fullmatch=True), KEYS)
def test_each_of_a_states_places_leads_back_to_it(bucket: str, key: str) -> None:
    assert state_of_lockfile(lockfile_key(key)) == key
    assert id_in_bucket(lock_id(bucket, key), bucket) == key
    assert id_in_bucket(digest_id(bucket, key), bucket) == f"{key}-md5"
    assert id_in_bucket(lock_id(f"{bucket}x", key), bucket) is None


@given(st.from_regex(r"[a-z0-9_-]{1,9}", fullmatch=True), KEYS, st.sampled_from(["env:", "spaces"]))
def test_a_workspaces_key_leads_back_to_the_state(workspace: str, key: str, prefix: str) -> None:
    if key.startswith(f"{prefix}/"):
        return
    assert split_workspace(workspace_key(workspace, key, prefix=prefix), prefix=prefix) == (workspace, key)
    assert split_workspace(key, prefix=prefix) == ("default", key)


def state_of(resources: list[dict[str, Any]], outputs: dict[str, Any] | None = None) -> bytes:
    return written({"version": 4, "serial": 1, "lineage": "l", "resources": resources, "outputs": outputs or {}})


def resource(name: str, *instances: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": "t", "name": name, "instances": list(instances), **more}


def test_what_was_added_removed_and_changed_is_told_by_address() -> None:
    before = state_of(
        [
            resource("same", {"attributes": {"id": "1"}}),
            resource("gone", {"attributes": {}}),
            resource("many", {"index_key": "a", "attributes": {"tags": {"x": 1, "y": [1, 2]}}}, module="module.m"),
        ],
        {"url": {"value": "old"}, "token": {"value": "s1", "sensitive": True}},
    )
    after = state_of(
        [
            resource("same", {"attributes": {"id": "1"}}),
            resource("many", {"index_key": "a", "attributes": {"tags": {"x": 1, "y": [1, 3]}}}, module="module.m"),
            resource("new", {"index_key": 0, "attributes": {}}, mode="data"),
        ],
        {"url": {"value": "new"}, "token": {"value": "s2", "sensitive": True}},
    )
    changes = {change.address: change for change in difference(before, after)}
    assert {address: change.kind for address, change in changes.items()} == {
        "t.gone": Kind.REMOVED,
        "data.t.new[0]": Kind.ADDED,
        'module.m.t.many["a"]': Kind.CHANGED,
        "output.url": Kind.CHANGED,
        "output.token": Kind.CHANGED,
    }
    (value,) = changes['module.m.t.many["a"]'].values
    assert (value.path, value.before, value.after) == ("tags.y[1]", "2", "3")
    (secret,) = changes["output.token"].values
    assert (secret.sensitive, secret.before, secret.after) == (True, None, None)


@pytest.mark.parametrize("marked", [[], [{"type": "get_attr", "value": "inner"}]])
def test_a_value_that_terraform_marks_as_sensitive_is_never_in_the_difference(
    marked: list[dict[str, Any]],
) -> None:
    path = [{"type": "get_attr", "value": "password"}, *marked]
    before, after = (
        state_of(
            [
                resource(
                    "db",
                    {
                        "attributes": {"password": {"inner": secret}},
                        "private": secret,
                        "sensitive_attributes": [path],
                    },
                )
            ]
        )
        for secret in ("hunter2", "hunter3")
    )
    (change,) = difference(before, after)
    assert {value.path for value in change.values} == {"password.inner", "(private)"}
    assert "hunter" not in repr(change)


@given(states(), states())
def test_a_difference_is_empty_only_between_equal_contents(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert difference(written(one), written(one)) == ()
    changes = difference(written(one), written(other))
    back = difference(written(other), written(one))
    opposite = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}
    assert [(opposite[change.kind], change.address) for change in changes] == [
        (change.kind, change.address) for change in back
    ]

"""What the record of failovers says of who writes which state, through any order of failovers and failbacks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.standby import AT_HOME, Home
from statectl.failover.record import (
    Direction,
    MovedState,
    Record,
    Run,
    parse_record,
    render_record,
)
from statectl.kept_json import UnreadableJsonError

KEYS = [f"{name}/terraform.tfstate" for name in ("dev/a", "dev/b", "prod/a", "prod/ü b")]
MOVES = st.lists(
    st.tuples(st.sampled_from(Home), st.none() | st.frozensets(st.sampled_from(KEYS), min_size=1)), max_size=8
)


@given(moves=MOVES)
def test_each_state_is_written_where_it_was_moved_last_and_stands_by_in_the_other_region(
    moves: list[tuple[Home, frozenset[str] | None]],
) -> None:
    record, expected = Record(), dict.fromkeys(KEYS, Home.FIRST)
    for home, keys in moves:
        record = record.written_in(home, keys)
        expected |= dict.fromkeys(KEYS if keys is None else keys, home)
    for key, home in expected.items():
        assert record.is_in_second(key) is (home is Home.SECOND)
        assert record.activity.of(home).holds(key) is False
        assert record.activity.of(home.other).holds(key) is True
    assert record.nothing_moved is (record.activity == AT_HOME)
    assert parse_record(render_record(record)) == record


def test_a_record_with_everything_in_it_is_read_back() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    run = Run(id="r", direction=Direction.OVER, by="arn", host="me@here", since=now, keys=("k",), attempt="a")
    moved = MovedState(since=now, by="arn", run="r", serial=4, digest="d", compared=False)
    record = Record(everything=True, exceptions=("k",), moved={"m": moved}, frozen=False, run=run, exempt=("arn",))
    assert parse_record(render_record(record)) == record


@pytest.mark.parametrize("text", [b"", b"\xff", b"[]", b'{"moved": 3}', b'{"run": {"id": 1}}', b"{" * 100_000])
def test_what_is_no_record_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(UnreadableJsonError):
        parse_record(text)

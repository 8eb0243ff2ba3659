"""What is known of failovers: which states the second region writes, since when, and which run is under way.

It lies in the second region's bucket, since that is the one that is there when the first is gone. Each version of
it stays as long as versions of states do, and each run leaves a report beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from blueprint.standby import RECORD_PREFIX, Activity, Home, Standby
from statectl.kept_json import parse_kept, render_kept

RECORD_KEY = f"{RECORD_PREFIX}record.json"
"""The key of the record."""


class Direction(StrEnum):
    """Which way the writing of states moves."""

    OVER = "failover"
    """To the second region."""
    BACK = "failback"
    """Back to the first."""

    @property
    def target(self) -> Home:
        """The region that states go to; they leave the other one."""
        return Home.SECOND if self is Direction.OVER else Home.FIRST


@dataclass(frozen=True, kw_only=True)
class Run:
    """A failover or failback that is under way.

    :param id: its id, by which it is resumed.
    :param direction: which way.
    :param by: the ARN of who runs it.
    :param host: ``<user>@<host>``.
    :param since: when it began.
    :param keys: the states that it is about, by their keys in the default workspace; ``null`` for all.
    :param attempt: the id of the process that works on it; another one that resumes it takes over by a new one.
    """

    id: str
    direction: Direction
    by: str
    host: str
    since: datetime
    keys: tuple[str, ...] | None
    attempt: str


@dataclass(frozen=True, kw_only=True)
class MovedState:
    """A state that the second region writes.

    :param since: when it was moved there.
    :param by: the ARN of who moved it.
    :param run: the id of the run that did.
    :param serial: its serial when it was moved; ``null`` where there was no state.
    :param digest: what the lock table keeps of such a state; ``null`` where there was no state.
    :param compared: whether the first region could be asked whether that was its newest.
    """

    since: datetime
    by: str
    run: str
    serial: int | None
    digest: str | None
    compared: bool


@dataclass(frozen=True, kw_only=True)
class Record:
    """The record.

    :param everything: whether the second region writes all states but ``exceptions``; where not, those alone.
    :param exceptions: states by their keys in the default workspace, each with its workspaces.
    :param moved: what the second region's states were when they were moved, by their whole keys.
    :param frozen: whether the first region refuses what the second writes; not where it could not be reached.
    :param run: what is under way.
    :param exempt: ARNs that may write in both regions, where the stack names no administrators.
    """

    everything: bool = False
    exceptions: tuple[str, ...] = ()
    moved: Mapping[str, MovedState] = field(default_factory=dict)
    frozen: bool = True
    run: Run | None = None
    exempt: tuple[str, ...] = ()

    @property
    def nothing_moved(self) -> bool:
        """Whether the first region writes every state."""
        return not self.everything and not self.exceptions

    @property
    def activity(self) -> Activity:
        """What stands by in each region."""
        keys = frozenset(self.exceptions)
        return Activity(
            first=Standby(rest=self.everything, keys=keys, exempt=self.exempt),
            second=Standby(rest=not self.everything, keys=keys, exempt=self.exempt),
        )

    def is_in_second(self, base_key: str) -> bool:
        """Whether the second region writes a state, named by its key in the default workspace."""
        return not self.activity.second.holds(base_key)

    def written_in(self, home: Home, base_keys: frozenset[str] | None) -> "Record":
        """The same where these states, or all, are written in that region."""
        second = home is Home.SECOND
        if base_keys is None:
            return replace(self, everything=second, exceptions=())
        others = frozenset(self.exceptions)
        others = others - base_keys if second is self.everything else others | base_keys
        return replace(self, exceptions=tuple(sorted(others)))

    def with_run(self, run: Run | None) -> "Record":
        """The same with this run under way."""
        return replace(self, run=run)


_SHAPE = TypeAdapter(Record)


def parse_record(text: bytes) -> Record:
    """Read a record.

    :raises statectl.kept_json.UnreadableJsonError: where it is none.
    """
    return parse_kept(_SHAPE, text)


def render_record(record: Record) -> bytes:
    """The record as it is kept: JSON, a key to a line, so that versions can be compared."""
    return render_kept(_SHAPE, record)

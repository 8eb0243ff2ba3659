"""What is known of a retirement that was begun: who, how far, and what was there when the wait began."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import TypeAdapter

from statectl.kept_json import parse_kept, render_kept
from statectl.own_prefix import OWN_PREFIX

RECORD_KEY = f"{OWN_PREFIX}retire/record.json"
"""The key of the record, in the first region's bucket."""
COPY = "retirement.json"
"""The copy in the export's folder: in the end the bucket is gone."""


class Phase(StrEnum):
    """How far a retirement is."""

    CLOSING = "closing"
    """Writers are being kept out."""
    WAITING = "waiting"
    """Nobody writes any more, and until the wait is over all can be had back."""
    LIFTING = "lifting"
    """The wait is over, and protection is being lifted."""
    LIFTED = "lifted"
    """Nothing but policies keeps the backend from being deleted."""
    DESTROYING = "destroying"
    """It is being deleted."""
    RETIRED = "retired"
    """It is gone."""

    @property
    def is_past_return(self) -> bool:
        """Whether something may have been deleted."""
        return self in {Phase.DESTROYING, Phase.RETIRED}


@dataclass(frozen=True, kw_only=True)
class Record:
    """A retirement.

    :param id: its id.
    :param bucket: the first region's bucket.
    :param by: the ARN of who began it.
    :param host: ``<user>@<host>``.
    :param began: when.
    :param phase: how far it is.
    :param wait_seconds: how long nobody must have written.
    :param waits_since: when that was last begun to be counted; ``null`` before.
    :param current: what was current then: the version of each key, states and others.
    :param all_versions: whether the export holds noncurrent versions too.
    :param with_resources: the keys of states that may go with resources in them.
    :param keys: the regions of the keys that go, by their ARNs.
    """

    id: str
    bucket: str
    by: str
    host: str
    began: datetime
    phase: Phase
    wait_seconds: int
    waits_since: datetime | None = None
    current: Mapping[str, str] = field(default_factory=dict)
    all_versions: bool = False
    with_resources: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def until(self) -> datetime | None:
        """When the wait is over; ``None`` before it has begun."""
        return self.waits_since + timedelta(seconds=self.wait_seconds) if self.waits_since else None


_SHAPE = TypeAdapter(Record)


def parse_record(text: bytes) -> Record:
    """Read a record.

    :raises statectl.kept_json.UnreadableJsonError: where it is none.
    """
    return parse_kept(_SHAPE, text)


def render_record(record: Record) -> bytes:
    """The record as it is kept."""
    return render_kept(_SHAPE, record)

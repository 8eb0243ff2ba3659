"""The versions of a state, newest first, each with what it changed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from statefile.difference import Kind, difference
from statefile.state import State, UnreadableStateError, parse_state
from store.bucket import StoredVersion
from store.failures import NotThereError
from store.parallel import in_order
from store.store import Store

AT_ONCE = 4
"""How many versions are in memory at once: a state can be large."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionRow:
    """A version of a state.

    :param version_id: S3's id of it.
    :param latest: whether it is the current one.
    :param deleted: whether it is a delete marker: the state was deleted then.
    :param modified: when it was written.
    :param size: bytes.
    :param serial: its serial; ``null`` where it cannot be read.
    :param lineage: its lineage.
    :param terraform_version: what wrote it.
    :param problem: why it cannot be read, as a clause; ``null`` where it can.
    :param added: how many resources and outputs it added to the version before; ``null`` where they cannot be
        compared.
    :param changed: how many it changed.
    :param removed: how many it removed.
    :param written_by: the ARN of who wrote it; ``null`` where no audit trail tells.
    """

    version_id: str
    latest: bool
    deleted: bool
    modified: datetime
    size: int
    serial: int | None
    lineage: str | None
    terraform_version: str | None
    problem: str | None
    added: int | None = None
    changed: int | None = None
    removed: int | None = None
    written_by: str | None = None


def version_rows(
    store: Store, shown: Iterable[StoredVersion], before: StoredVersion | None, written_by: Mapping[str, str]
) -> Iterator[VersionRow]:
    """A row for each of some versions.

    :param shown: the versions, newest first.
    :param before: the version before the last of them, to compare that with; ``None`` where it was the first.
    :param written_by: who wrote them, by version id.
    """
    newer: bytes | None = None
    waiting: list[VersionRow] = []
    for version, body in in_order(lambda asked: (asked, _read(store, asked)), shown, workers=AT_ONCE):
        if body is not None:
            # The rows that wait are one with a content, and the delete markers that came before it in time.
            yield from _compared(waiting, body, newer)
            newer, waiting = body, []
        waiting.append(_row(version, body, written_by.get(version.version_id)))
    last = None if before is None else _read(store, before)
    yield from _compared(waiting, EMPTY if before is None else last, newer)


EMPTY = b'{"version":4,"serial":0,"lineage":""}'
"""What a state is before its first version."""


def _read(store: Store, version: StoredVersion) -> bytes | None:
    if version.deleted:
        return None
    try:
        return store.bucket.read(version.key, version.version_id).body
    except NotThereError:
        # Expired since it was listed.
        return None


def _row(version: StoredVersion, body: bytes | None, written_by: str | None) -> VersionRow:
    state: State | None = None
    problem = None
    if body is None:
        problem = "is a delete marker" if version.deleted else "expired meanwhile"
    else:
        try:
            state = parse_state(body)
        except UnreadableStateError as error:
            problem = str(error)
    return VersionRow(
        version_id=version.version_id,
        latest=version.latest,
        deleted=version.deleted,
        modified=version.modified,
        size=version.size,
        serial=state.serial if state else None,
        lineage=state.lineage if state else None,
        terraform_version=state.terraform_version if state else None,
        problem=problem,
        written_by=written_by,
    )


def _compared(waiting: list[VersionRow], older: bytes | None, newer: bytes | None) -> Iterator[VersionRow]:
    for row in waiting:
        if row.serial is None or older is None or newer is None:
            yield row
            continue
        try:
            kinds = Counter(change.kind for change in difference(older, newer))
        except UnreadableStateError:
            yield row
        else:
            yield replace(row, added=kinds[Kind.ADDED], changed=kinds[Kind.CHANGED], removed=kinds[Kind.REMOVED])

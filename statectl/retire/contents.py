"""What is still in a backend that is to go: states and who wrote them last, locks, versions, what is no state."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from statectl.own_prefix import OWN_PREFIX
from statectl.retire.export import is_exported, versions_in
from statectl.retire.holding import OPERATION
from statectl.session import Session
from statectl.states.listing import DigestCheck, StateRow, is_state, state_rows
from statectl.writers import TRAIL_LOOKED_BACK, writers
from store.bucket import StoredVersion
from store.held import Held
from store.store import Store

_PULUMI = ".pulumi/"
"""The folder of Pulumi's own state (https://www.pulumi.com/docs/iac/concepts/state-and-backends/)."""


@dataclass(frozen=True, kw_only=True)
class StateLeft:
    """A state that is still there.

    :param key: its key.
    :param serial: how often it was written; ``null`` where it cannot be read.
    :param resources: how many resource instances it holds; ``null`` where that cannot be read.
    :param problem: why it cannot be read, as a clause that follows its name; ``null`` where it can.
    :param modified: when it was last written.
    :param written_by: the ARN of who wrote it last; ``null`` where no audit trail tells.
    :param versions: how many versions of it there are, in the first region.
    :param size: the bytes of all of these.
    :param digest: whether it is the state that the lock table remembers.
    """

    key: str
    serial: int | None
    resources: int | None
    problem: str | None
    modified: datetime
    written_by: str | None
    versions: int
    size: int
    digest: DigestCheck

    @property
    def may_hold_resources(self) -> bool:
        """Whether something may be left that nobody could look after any more."""
        return self.resources != 0


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much is in a bucket.

    :param bucket: its name.
    :param versions: how many versions that an export would hold with ``--all-versions``.
    :param size: their bytes.
    """

    bucket: str
    versions: int
    size: int


@dataclass(frozen=True, kw_only=True)
class LockLeft:
    """A lock that somebody holds, not the retirement.

    :param key: the state's key.
    :param id: its ID.
    :param who: who holds it; empty where it cannot be read.
    """

    key: str
    id: str
    who: str


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is in a backend.

    :param states: its states in the first region.
    :param deleted: the keys of states of which only noncurrent versions are left.
    :param amounts: how much is in each state bucket.
    :param locks: the locks that somebody holds.
    :param digests: how many digests the lock table keeps.
    :param others: how many current objects are no states.
    :param pulumi_stacks: the keys of stacks that Pulumi keeps here.
    """

    states: tuple[StateLeft, ...]
    deleted: tuple[str, ...]
    amounts: tuple[Amount, ...]
    locks: tuple[LockLeft, ...]
    digests: int
    others: int
    pulumi_stacks: tuple[str, ...]


def contents(session: Session, stores: Sequence[Store]) -> Contents:
    """What is there: a listing of each bucket, a scan of the table, and a read for each state.

    :param stores: the regions, the first one first.
    """
    first = stores[0]
    listed = list(first.bucket.versions())
    versions = Counter(one.key for one in listed if not one.deleted)
    sizes: Counter[str] = Counter()
    for one in listed:
        sizes[one.key] += one.size
    written_by = writers(session, None, datetime.now(UTC) - TRAIL_LOOKED_BACK)
    rows = [row for row in state_rows(session.backend, first, written_by=written_by) if _is_theirs(row.key)]
    states = tuple(_left(row, versions[row.key], sizes[row.key]) for row in rows)
    current = {one.key for one in listed if one.latest and not one.deleted and is_exported(one.key)}
    gone = {key for key in versions if key not in current and is_exported(key) and is_state(session.backend, key)}
    table = list(first.table.all()) if first.table is not None else []
    held = [*first.lockfiles.all(), *(item for item in table if isinstance(item, Held))]
    return Contents(
        states=states,
        deleted=tuple(sorted(gone)),
        amounts=(_amount(first, listed), *(_amount(store, list(versions_in(store))) for store in stores[1:])),
        locks=tuple(_locks(held)),
        digests=sum(not isinstance(item, Held) for item in table),
        others=len(current - {state.key for state in states}),
        pulumi_stacks=tuple(sorted(filter(is_pulumi_stack, current))),
    )


def is_pulumi_stack(key: str) -> bool:
    """Whether an object is a stack in Pulumi's own state, whose resources nobody could look after any more."""
    _, folder, rest = f"/{key}".rpartition(f"/{_PULUMI}")
    return bool(folder) and rest.startswith("stacks/") and rest.endswith((".json", ".json.gz"))


def _is_theirs(key: str) -> bool:
    return not key.startswith(OWN_PREFIX)


def _left(row: StateRow, versions: int, size: int) -> StateLeft:
    return StateLeft(
        key=row.key,
        serial=row.serial,
        resources=row.resources,
        problem=row.problem,
        modified=row.modified,
        written_by=row.written_by,
        versions=versions,
        size=size,
        digest=row.digest,
    )


def _locks(found: Sequence[Held]) -> Iterator[LockLeft]:
    seen: set[tuple[str, str]] = set()
    for held in sorted(found, key=lambda held: held.key):
        info = held.info
        if (held.key, held.id) in seen or (info is not None and info.operation == OPERATION):
            continue
        seen.add((held.key, held.id))
        yield LockLeft(key=held.key, id=held.id, who=info.who if info else "")


def _amount(store: Store, listed: Sequence[StoredVersion]) -> Amount:
    # What lockfiles and records leave behind says nothing of how much goes.
    counted = [one for one in listed if not one.deleted and is_exported(one.key)]
    return Amount(bucket=store.location.bucket, versions=len(counted), size=sum(one.size for one in counted))

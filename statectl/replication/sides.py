"""Each state as it is in both regions, read side by side.

What S3 says of the first region's version decides what is on its way and what failed; what is there on both sides
decides everything else.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from threading import Lock as Mutex

from statectl.doctor.replicas import WITHIN
from statectl.doctor.state_reading import LARGE
from statectl.known_backend import KnownBackend
from statectl.states.listing import is_state
from statefile.keys import split_workspace
from statefile.state import State, UnreadableStateError, digest, parse_state
from store.bucket import Bucket, Content, StoredObject
from store.parallel import in_order
from store.store import Store


class Replicated(StrEnum):
    """How far a state has come into the second region."""

    REPLICATED = "replicated"
    """Both regions have the same state."""
    PENDING = "pending"
    """S3 has yet to replicate what the first region has, or its deletion."""
    FAILED = "failed"
    """S3 could not replicate it, or did, and the second region does not have it any more."""
    NEVER = "never"
    """No replication rule ever saw what the first region has: it is older than the rule."""
    AHEAD = "ahead"
    """The second region was written, or deleted from, since: only after a failover."""
    DIVERGED = "diverged"
    """Each region has a state that was never in the other: another lineage, or work of both on the same one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """A state as it is in one region.

    :param size: bytes.
    :param modified: when it was last written; a replica has the time of what it was made from.
    :param version_id: the id of its current version.
    :param etag: its ETag, by which it can be replaced.
    :param digest: what the lock table keeps of such a state: its MD5.
    :param serial: how often it was written; ``null`` where it cannot be read.
    :param lineage: the id that all its versions share; ``null`` where it cannot be read.
    :param problem: why it cannot be read, as a clause that follows its name; ``null`` where it can.
    :param replication: ``COMPLETED``, ``PENDING``, ``FAILED`` or ``REPLICA`` as S3 says; ``null`` where no rule
        ever saw it.
    """

    size: int
    modified: datetime
    version_id: str
    etag: str
    digest: str
    serial: int | None
    lineage: str | None
    problem: str | None
    replication: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StateSides:
    """A state in both regions.

    :param key: its key, the same in both.
    :param workspace: the workspace that the key belongs to.
    :param expected: whether the stack expects it; ``null`` where no stack was asked.
    :param status: how far it has come into the second region; ``null`` where the first cannot be reached.
    :param first: the state in the first region; ``null`` where it is not there, or that cannot be reached.
    :param second: the state in the second region; ``null`` where it is not there.
    :param deleted: when it was deleted in the one region that does not have it; ``null`` where it was not.
    :param serials_behind: how many serials the second region is behind, less than none where it is ahead; ``null``
        where the two cannot be counted against each other.
    :param seconds_behind: how long the second region has lacked what the first one has; ``null`` where it is
        ahead, or that cannot be known.
    """

    key: str
    workspace: str
    expected: bool | None
    status: Replicated | None
    first: Side | None
    second: Side | None
    deleted: datetime | None
    serials_behind: int | None
    seconds_behind: int | None


def state_sides(
    backend: KnownBackend, first: Store | None, second: Store, prefix: str = ""
) -> Iterator[StateSides]:
    """Every state that either region has, in the order of keys: one listing of each bucket, a read of each side.

    :param first: the first region; ``None`` where it cannot be reached: the second is then all that is known.
    :param prefix: only states whose key starts so.
    """
    reader = _Reader(backend, first.bucket if first else None, second.bucket)
    listed = by_key(first.bucket.objects(prefix) if first else (), second.bucket.objects(prefix))
    questions = (pair for pair in listed if is_state(backend, pair[0]))
    return (made for made in in_order(reader.read, questions) if made is not None)


def by_key(
    first: Iterable[StoredObject], second: Iterable[StoredObject]
) -> Iterator[tuple[str, StoredObject | None, StoredObject | None]]:
    """Two listings as one: every key once, with what each of them has there.

    Both come in the order of their keys' UTF-8, which is that of Python's own comparison.
    """
    ones, others = iter(first), iter(second)
    one, other = next(ones, None), next(others, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.key < other.key):
            if one is not None:
                yield one.key, one, None
            one = next(ones, None)
        elif one is None or other.key < one.key:
            yield other.key, None, other
            other = next(others, None)
        else:
            yield one.key, one, other
            one, other = next(ones, None), next(others, None)


def judge(
    first: Side | None, second: Side | None, deleted: datetime | None, now: datetime, *, known: bool
) -> Replicated:
    """How far a state has come that at least one region has.

    :param deleted: when it was deleted in the region that does not have it.
    :param known: whether what the second region has was in the first one once.
    """
    if first is None:
        if second is None or deleted is None or second.modified > deleted:
            return Replicated.AHEAD
        # S3 says nothing of a delete marker's replication.
        return Replicated.PENDING if now - deleted <= WITHIN else Replicated.FAILED
    if second is None:
        return Replicated.AHEAD if deleted is not None and deleted > first.modified else _as_s3_says(first)
    if first.digest == second.digest:
        return Replicated.REPLICATED
    if is_newer(second, first):
        return Replicated.AHEAD
    return _as_s3_says(first) if known or second.serial is None else Replicated.DIVERGED


def is_newer(one: Side, other: Side) -> bool:
    """Whether one is a later version of the very state that the other is a version of."""
    if one.serial is None or other.serial is None or one.lineage != other.lineage:
        return False
    return one.serial > other.serial


def _as_s3_says(first: Side) -> Replicated:
    """What comes of a version that is not in the second region."""
    said = {"PENDING": Replicated.PENDING, "FAILED": Replicated.FAILED, "COMPLETED": Replicated.FAILED}
    return said.get(first.replication or "", Replicated.NEVER)


class _Reader:
    """Reads both sides of a state; safe to share between threads.

    :param first: ``None`` where the first region cannot be reached.
    """

    def __init__(self, backend: KnownBackend, first: Bucket | None, second: Bucket) -> None:
        self._backend = backend
        self._first = first
        self._second = second
        self._one_large = Mutex()

    def read(self, listed: tuple[str, StoredObject | None, StoredObject | None]) -> StateSides | None:
        """Both sides; ``None`` where both were deleted since they were listed."""
        key, one, other = listed
        # The second side first: what S3 says of the first is then no older than what was found there.
        second = self._side(self._second, other)
        first = self._side(self._first, one) if self._first else None
        if first is not None and first.replication == "COMPLETED" and _differ(first, second):
            # It may have arrived in between.
            second = self._side(self._second, other or one)
        deleted = None
        if self._first is not None and first is None and second is not None:
            deleted = _deletion(self._first, key)
            # Where it was not deleted, it may have been written since the listing.
            first = self._side(self._first, other) if deleted is None else None
        elif first is not None and second is None and first.replication in {"COMPLETED", "REPLICA"}:
            deleted = _deletion(self._second, key)
        if first is None and second is None:
            return None
        now, known = datetime.now(UTC), self._is_known(key, first, second)
        status = judge(first, second, deleted, now, known=known) if self._first else None
        workspace, own = split_workspace(key, prefix=self._backend.location.workspace_prefix)
        expected = self._backend.expected
        return StateSides(
            key=key,
            workspace=workspace,
            expected=None if expected is None else own in expected,
            status=status,
            first=first,
            second=second,
            deleted=deleted,
            serials_behind=_serials(first, second),
            seconds_behind=_seconds(status, first, deleted, now),
        )

    def _side(self, bucket: Bucket, found: StoredObject | None) -> Side | None:
        if found is None:
            return None
        one_at_a_time: AbstractContextManager[object] = self._one_large if found.size >= LARGE else nullcontext()
        with one_at_a_time:
            # It may have been deleted since it was listed.
            content = bucket.find(found.key)
            return side_of(content) if content is not None else None

    def _is_known(self, key: str, first: Side | None, second: Side | None) -> bool:
        """Whether what the second region has was in the first one once, looked up only where that decides.

        A replica was. What a client wrote there was if it is a copy; Terraform's own work after a failover is not,
        and serials alone do not tell: both regions can have gone on from the same one.
        """
        if self._first is None or first is None or second is None or second.replication == "REPLICA":
            return True
        if first.digest == second.digest or is_newer(second, first):
            return True
        return self._first.ever_held(key, second.size, lambda body: digest(body) == second.digest)


def side_of(content: Content) -> Side:
    """What one region's current version says."""
    state: State | None = None
    problem = None
    try:
        state = parse_state(content.body)
    except UnreadableStateError as error:
        problem = str(error)
    return Side(
        size=len(content.body),
        modified=content.modified,
        version_id=content.version_id,
        etag=content.etag,
        digest=digest(content.body),
        serial=state.serial if state else None,
        lineage=state.lineage if state else None,
        problem=problem,
        replication=content.replication,
    )


def _deletion(bucket: Bucket, key: str) -> datetime | None:
    newest = next(bucket.versions_of(key), None)
    return newest.modified if newest is not None and newest.deleted else None


def _differ(first: Side, second: Side | None) -> bool:
    return second is None or first.digest != second.digest


def _serials(first: Side | None, second: Side | None) -> int | None:
    if first is None or second is None or first.lineage != second.lineage:
        return None
    return None if first.serial is None or second.serial is None else first.serial - second.serial


def _seconds(status: Replicated | None, first: Side | None, deleted: datetime | None, now: datetime) -> int | None:
    if status is Replicated.REPLICATED:
        return 0
    if status not in {Replicated.PENDING, Replicated.FAILED, Replicated.NEVER}:
        return None
    since = first.modified if first is not None else deleted
    return None if since is None else max(0, int((now - since).total_seconds()))

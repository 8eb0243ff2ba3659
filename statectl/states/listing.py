"""Every state of the backend, each read once, in the order of the bucket's keys."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from statectl.known_backend import KnownBackend
from statefile.keys import STATE_SUFFIX, split_workspace, state_of_lockfile
from statefile.state import State, UnreadableStateError, digest, parse_state
from store.bucket import Content, StoredObject
from store.failures import DeniedError, NotThereError
from store.held import Held, LockKind
from store.parallel import in_order
from store.store import Store


class DigestCheck(StrEnum):
    """Whether a state is the one that the lock table remembers; Terraform refuses it where it is not."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NONE = "none"
    """The table has no digest of it, or there is no table: Terraform then takes what it finds."""
    UNKNOWN = "unknown"
    """The table may not be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StateRow:
    """A state.

    :param key: its key in the bucket.
    :param workspace: the workspace that the key belongs to.
    :param expected: whether the stack expects it; ``null`` where no stack was asked. A workspace counts with its
        state.
    :param size: bytes.
    :param modified: when it was last written.
    :param version_id: the id of its current version.
    :param serial: how often it was written; ``null`` where it cannot be read.
    :param lineage: the id that all its versions share.
    :param terraform_version: what wrote it last.
    :param resources: how many resource instances it holds.
    :param outputs: the names of its outputs.
    :param encrypted: whether OpenTofu encrypted it.
    :param problem: why it cannot be read, as a clause that follows its name; ``null`` where it can.
    :param digest: whether it is the state that the lock table remembers.
    :param written_by: the ARN of who wrote it last; ``null`` where nobody asked or no audit trail tells.
    :param lock: where its lock is held.
    :param replication: ``COMPLETED``, ``PENDING``, ``FAILED`` or ``REPLICA`` as S3 says; ``null`` where no rule
        ever saw it.
    """

    key: str
    workspace: str
    expected: bool | None
    size: int
    modified: datetime
    version_id: str
    serial: int | None
    lineage: str | None
    terraform_version: str | None
    resources: int | None
    outputs: tuple[str, ...]
    encrypted: bool
    problem: str | None
    digest: DigestCheck
    written_by: str | None
    lock: tuple[LockKind, ...]
    replication: str | None


@dataclass(frozen=True, kw_only=True)
class TableItems:
    """What the lock table holds of the backend's states.

    :param locked: the keys whose lock is held there.
    :param digests: digests by key.
    :param readable: whether the table could be read at all; so where there is none.
    """

    locked: frozenset[str] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)
    readable: bool = True

    @classmethod
    def of(cls, store: Store, prefix: str) -> "TableItems":
        """One scan of the table; nothing where the credentials may not scan it."""
        if store.table is None:
            return cls()
        locked, digests = set(), {}
        try:
            for item in store.table.all(prefix):
                if isinstance(item, Held):
                    # A fence keeps nobody out who locks where this state is locked.
                    locked |= set() if item.is_fence else {item.key}
                else:
                    digests[item.key] = item.value
        except DeniedError:
            return cls(readable=False)
        return cls(locked=frozenset(locked), digests=digests)

    def check(self, key: str, body: bytes) -> DigestCheck:
        """Whether these bytes are the state that is remembered."""
        if not self.readable:
            return DigestCheck.UNKNOWN
        return check_digest(self.digests.get(key), body)


def check_digest(remembered: str | None, body: bytes) -> DigestCheck:
    """Whether these bytes are the state that a digest was made of.

    Terraform does not heed what is no MD5 (it warns); an empty object is no state to it, and matches no digest.
    """
    if remembered is None or len(remembered) != len(digest(b"")):
        return DigestCheck.NONE
    return DigestCheck.MATCHES if remembered.lower() == digest(body) and body else DigestCheck.DIFFERS


def state_rows(
    backend: KnownBackend, store: Store, prefix: str = "", *, written_by: Mapping[str, str] = MappingProxyType({})
) -> Iterator[StateRow]:
    """Every state whose key starts with ``prefix``: one listing, one scan of the table, a read for each state.

    :param written_by: who wrote versions, by version id.
    """
    table = TableItems.of(store, prefix)
    questions = (
        (found, locked)
        for found, locked in with_lockfiles(store.bucket.objects(prefix))
        if is_state(backend, found.key)
    )

    def row(question: tuple[StoredObject, bool]) -> StateRow | None:
        found, has_lockfile = question
        try:
            content = store.bucket.read(found.key)
        except NotThereError:
            # Deleted since it was listed.
            return None
        places = {LockKind.LOCKFILE: has_lockfile, LockKind.TABLE: found.key in table.locked}
        lock = tuple(kind for kind, held in places.items() if held)
        remembered = table.check(found.key, content.body)
        by = written_by.get(content.version_id)
        return state_row(backend, content, lock=lock, remembered=remembered, written_by=by)

    return (made for made in in_order(row, questions) if made is not None)


def state_row(
    backend: KnownBackend,
    content: Content,
    *,
    lock: tuple[LockKind, ...],
    remembered: DigestCheck,
    written_by: str | None,
) -> StateRow:
    """What is known of one state that was read."""
    workspace, key = split_workspace(content.key, prefix=backend.location.workspace_prefix)
    state: State | None = None
    problem = None
    try:
        state = parse_state(content.body)
    except UnreadableStateError as error:
        problem = str(error)
    return StateRow(
        key=content.key,
        workspace=workspace,
        expected=None if backend.expected is None else key in backend.expected,
        size=len(content.body),
        modified=content.modified,
        version_id=content.version_id,
        serial=state.serial if state else None,
        lineage=state.lineage if state else None,
        terraform_version=state.terraform_version if state else None,
        resources=state.resources if state and not state.encrypted else None,
        outputs=state.outputs if state else (),
        encrypted=state.encrypted if state else False,
        problem=problem,
        digest=remembered,
        written_by=written_by,
        lock=lock,
        replication=content.replication,
    )


def is_state(backend: KnownBackend, key: str) -> bool:
    """Whether an object is taken for a state: by the end of its key, or since the stack or file names it."""
    if key.endswith(STATE_SUFFIX):
        return True
    _, own = split_workspace(key, prefix=backend.location.workspace_prefix)
    return own == backend.key or own in (backend.expected or ())


def with_lockfiles(objects: Iterable[StoredObject]) -> Iterator[tuple[StoredObject, bool]]:
    """Each object but the lockfiles, with whether it has one.

    A key's lockfile comes behind it in the listing, and between them only keys that start with it; so what waits
    for its lockfile is a handful.
    """
    waiting: deque[tuple[StoredObject, bool]] = deque()
    for found in objects:
        while waiting and not found.key.startswith(waiting[0][0].key):
            yield waiting.popleft()
        locked = state_of_lockfile(found.key)
        if locked is None:
            waiting.append((found, False))
        else:
            waiting = deque((other, held or other.key == locked) for other, held in waiting)
    yield from waiting

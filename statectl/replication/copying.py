"""Copies states into the second region, each under its lock, and only in the place of what was looked at.

The lock keeps Terraform out, so that nothing is written in the first region between what is read there and what is
written in the second: with replication both ways, the copy would come back over it. What a copy replaces stays as
a version. Killed at any step, the same command goes on: the lock's ID follows from what is copied.
"""

import contextlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock as Mutex

from blueprint.standby import WRITES
from statectl.doctor.state_reading import LARGE
from statectl.exit_code import ExitCode
from statectl.own_lock import own_lock
from statectl.refusal import RefusalError
from statectl.replication.sides import Replicated, StateSides, is_newer, side_of
from store.failures import ChangedMeanwhileError, DeniedError, LockedError, StoreFailureError
from store.held import Held
from store.parallel import in_order
from store.store import Store

OPERATION = "statectl replication backfill"
"""What the lock says meanwhile."""


class Outcome(StrEnum):
    """What became of a state that was to be brought over."""

    COPIED = "copied"
    REPLICATED = "replicated"
    """S3 brought it over, by a job or by itself."""
    LOCKED = "locked"
    """Somebody holds its lock: what is written under it replicates by itself, or is brought over next time."""
    CHANGED = "changed"
    """Somebody else was faster; the next run looks anew."""
    MISSED = "missed"
    """S3's job did not bring it over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """A state and what became of it.

    :param key: its key.
    :param was: how far it had come before.
    :param serial: the serial that the first region has.
    :param outcome: what became of it.
    """

    key: str
    was: Replicated | None
    serial: int | None
    outcome: Outcome


class Copying:
    """Copies from one region into the other; safe to share between threads."""

    def __init__(self, first: Store, second: Store) -> None:
        self._first = first
        self._second = second
        self._one_large = Mutex()

    def copied(self, states: Iterable[StateSides]) -> Iterator[Brought]:
        """Copy each of these states, in this order.

        :raises statectl.refusal.RefusalError: where the second region's bucket takes no copies.
        """
        return in_order(self._copy, states)

    def _copy(self, row: StateSides) -> Brought:
        size = row.first.size if row.first is not None else 0
        with self._one_large if size >= LARGE else nullcontext():
            outcome = self._under_lock(row)
        serial = row.first.serial if row.first is not None else None
        return Brought(key=row.key, was=row.status, serial=serial, outcome=outcome)

    def _under_lock(self, row: StateSides) -> Outcome:
        version = row.first.version_id if row.first is not None else ""
        name = f"s3://{self._first.location.bucket}/{row.key}?versionId={version}"
        lock = own_lock(
            self._first.location.bucket,
            row.key,
            operation=OPERATION,
            info=f"copies it to {self._second.location.region}",
            resumed=str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        )
        try:
            held = self._first.take_lock(row.key, lock)
        except LockedError:
            return Outcome.LOCKED
        try:
            outcome = self._bring(row)
        except BaseException:
            # What stopped it matters more than that the lock could not be freed either.
            with contextlib.suppress(StoreFailureError):
                self._first.free_lock(held)
            raise
        self._free(held)
        return outcome

    def _bring(self, row: StateSides) -> Outcome:
        there, here = self._second.bucket.find(row.key), self._first.bucket.find(row.key)
        if here is not None and there is not None and here.body == there.body:
            return Outcome.REPLICATED
        judged = row.second.etag if row.second is not None else None
        if here is None or (there.etag if there is not None else None) != judged:
            return Outcome.CHANGED
        if there is not None and is_newer(side_of(there), side_of(here)):
            return Outcome.CHANGED
        try:
            self._second.bucket.write(row.key, here.body, replacing=judged)
        except ChangedMeanwhileError:
            return Outcome.CHANGED
        except DeniedError as error:
            raise RefusalError(
                f"{error}. While the first region writes a state, the second takes it from replication and from "
                f"the stack's administrators alone ({WRITES})",
                next_step="run it as one of the administrators that the stack file names",
                code=ExitCode.DENIED,
            ) from error
        return Outcome.COPIED

    def _free(self, held: tuple[Held, ...]) -> None:
        # Where somebody broke it and took another meanwhile, that one stays.
        with contextlib.suppress(ChangedMeanwhileError):
            self._first.free_lock(held)

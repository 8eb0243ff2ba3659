"""Leaves nothing of a drill behind: the first region writes again, and scratch states, locks and digests are gone.

The versions of what is deleted stay as long as those of any state.
"""

from collections.abc import Iterable, Sequence

from statectl.failover.drill.journey import Journey
from statectl.failover.halves import Halves, is_reachable
from statectl.failover.record import Record, Run
from statectl.failover.record_keeper import RecordKeeper, under_way
from statectl.refusal import RefusalError
from statectl.talk import say
from statectl.text import counted
from statefile.keys import state_of_lockfile
from store.failures import ChangedMeanwhileError, StoreFailureError
from store.store import Store

ATTEMPTS = 5
"""How often a deletion is tried: replication may bring something between what is read and what is deleted."""


class Cleaner:
    """Cleans up.

    :param journey: the way home.
    """

    def __init__(self, both: Halves, journey: Journey) -> None:
        self._both = both
        self._journey = journey

    def clear_away(self, prefix: str) -> None:
        """Bring home whatever scratch states moved, and delete all whose keys start so.

        :raises statectl.refusal.RefusalError: where something is left, with what and the next step.
        """
        try:
            self._bring_home(prefix)
            for half in (self._both.first, self._both.second):
                for key in left_in(half.store, prefix):
                    _delete(half.store, key)
            left = self._left(prefix)
        except KeyboardInterrupt:
            raise self._refusal(prefix, "interrupted") from None
        except (StoreFailureError, RefusalError) as error:
            raise self._refusal(prefix, str(error)) from error
        if left:
            raise self._refusal(prefix, f"{', '.join(left)} came again")

    def _bring_home(self, prefix: str) -> None:
        record = self._record()
        run = record.run
        is_ours = run is not None and _is_ours(run, prefix)
        if not is_ours and not _moved(record, prefix):
            return
        if not is_reachable(self._both.first):
            raise RefusalError(f"{self._both.first.region} cannot be reached")
        if run is not None:
            if not is_ours:
                raise under_way(run)
            say(f"Going on with the {run.direction} {run.id}, which was interrupted")
            self._journey.resume(run)
        moved = _moved(self._record(), prefix)
        if moved:
            say(f"Bringing {counted(len(moved), 'scratch state')} home")
            self._journey.back(moved)

    def _record(self) -> Record:
        return RecordKeeper(self._both.second.store.bucket).load()

    def _left(self, prefix: str) -> list[str]:
        return [
            f"{half.store.location.bucket}/{key}"
            for half in (self._both.first, self._both.second)
            for key in left_in(half.store, prefix)
        ]

    def _refusal(self, prefix: str, why: str) -> RefusalError:
        """What is left, as far as that can be asked, and what to do."""
        steps = ["statectl failover drill --clean"]
        try:
            record = self._record()
        except (StoreFailureError, RefusalError):
            steps.insert(0, "see `statectl failover status`")
        else:
            moved = _moved(record, prefix)
            if record.run is not None and _is_ours(record.run, prefix):
                steps.insert(0, f"statectl {record.run.direction} start --resume {record.run.id} --break-locks")
            elif moved:
                steps.insert(0, f"statectl failback start {' '.join(moved)} --break-locks --discard-unreplicated")
        what = f"scratch states below {prefix} are left behind: {why}"
        return RefusalError(what, next_step=", then ".join(steps))


def _is_ours(run: Run, prefix: str) -> bool:
    """Whether a run is about scratch states below a prefix and no others."""
    return bool(run.keys) and all(key.startswith(prefix) for key in run.keys or ())


def left_in(store: Store, prefix: str) -> list[str]:
    """The keys of the states below a prefix of which a region has anything: the state, a lock or a digest."""
    found = {state_of_lockfile(one.key) or one.key for one in store.bucket.objects(prefix)}
    return sorted(found | {item.key for item in (store.table.all(prefix) if store.table else ())})


def _moved(record: Record, prefix: str) -> Sequence[str]:
    """The states below a prefix that the second region writes."""
    candidates: Iterable[str] = {*record.exceptions, *record.moved}
    return sorted(key for key in candidates if key.startswith(prefix) and record.is_in_second(key))


def _delete(store: Store, key: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            store.free_lock(store.locks(key))
            found = store.bucket.find(key)
            if found is not None:
                store.bucket.delete(key, etag=found.etag)
            value = store.table.digest(key) if store.table else None
            if store.table and value is not None:
                store.table.delete_digest(key, value)
            return
        except ChangedMeanwhileError:
            if attempt == ATTEMPTS:
                raise

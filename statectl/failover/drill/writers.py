"""Writes all scratch states at the same time until the cut, and knows what was acknowledged of each."""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from threading import Lock as Mutex
from time import monotonic

from statectl.failover.drill.terraform import KilledError, Processes, Workplace
from statefile.state import parse_state
from store.bucket import Bucket

GLANCE_SECONDS = 0.05
"""How often it is looked whether each state was written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """An apply that Terraform acknowledged: it ended with 0.

    :param name: what it is called, which the state holds.
    :param serial: the serial that the state had by it.
    """

    name: str
    serial: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The end of the first region.

    :param at: when, by the clock that only counts on.
    :param moment: when, by the clock on the wall.
    :param writing: the seconds from when each state had been written until then.
    :param killed: how many writers were in the middle of an apply.
    """

    at: float
    moment: datetime
    writing: float
    killed: int


def serial_in(bucket: Bucket, key: str) -> int:
    """The serial of a state as a region has it now."""
    return parse_state(bucket.read(key).body).serial


class Writers:
    """One writer for each state, each applying again and again.

    :param bucket: the first region's, asked for the serial that an apply left.
    """

    def __init__(self, places: Sequence[Workplace], bucket: Bucket, region: str) -> None:
        self._places = places
        self._bucket = bucket
        self._region = region
        self._processes = Processes()
        self._mutex = Mutex()
        self._is_cut = False
        self._acknowledged: dict[str, list[Work]] = {place.key: [] for place in places}

    @property
    def acknowledged(self) -> Mapping[str, Sequence[Work]]:
        """What was acknowledged, by key, in order."""
        return self._acknowledged

    def write_until_cut(self, seconds: float) -> Cut:
        """Let them write until each state was written, and that long from then; then kill them."""
        with ThreadPoolExecutor(len(self._places)) as pool:
            writing = [pool.submit(self._keep_writing, place) for place in self._places]
            try:
                while not all(self._acknowledged.values()) and not _any_ends(writing, GLANCE_SECONDS):
                    pass
                all_written = monotonic()
                _any_ends(writing, seconds)
            finally:
                # Whatever ends this, Ctrl-C too: the pool waits for its threads, and they for Terraform.
                killed = self._cut()
                at, moment = monotonic(), datetime.now(UTC)
        for one in writing:
            one.result()
        return Cut(at=at, moment=moment, writing=round(at - all_written, 1), killed=killed)

    def _cut(self) -> int:
        with self._mutex:
            self._is_cut = True
            return self._processes.kill()

    def _keep_writing(self, place: Workplace) -> None:
        try:
            place.init(self._processes, self._region)
            for number in count(1):
                name = f"apply {number}"
                place.done(place.apply(self._processes, name), "apply")
                # The cut waits until it is known what was acknowledged, and nothing is asked after it.
                with self._mutex:
                    if self._is_cut:
                        return
                    serial = serial_in(self._bucket, place.key)
                    self._acknowledged[place.key].append(Work(name=name, serial=serial))
        except KilledError:
            return


def _any_ends(writing: Sequence[Future[None]], seconds: float) -> bool:
    """Wait that long, or until one of them ends, which none does that goes well."""
    return bool(wait(writing, timeout=seconds, return_when=FIRST_COMPLETED).done)


def lost_work(acknowledged: Sequence[Work], found: int | None) -> list[Work]:
    """What was acknowledged and is not in a state with this serial.

    :param found: the serial; ``None`` where there is no state.
    """
    return [work for work in acknowledged if found is None or work.serial > found]


def since(start: float) -> float:
    """The seconds since then, as exact as they are told."""
    return round(monotonic() - start, 1)

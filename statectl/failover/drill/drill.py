"""The drill itself: writes, a cut at a random moment, the second region, the way home, and what was lost."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Any, TypeVar

from blueprint.backend import RegionalBackend, backend
from blueprint.backend_config import backend_arguments
from blueprint.hcl import to_hcl
from statectl.backend.key import key_arn
from statectl.failover.drill.cleaning import Cleaner
from statectl.failover.drill.journey import Journey
from statectl.failover.drill.report import DrilledState, DrillReport, DrillTimes
from statectl.failover.drill.scratch import FOLDER, scratch_keys
from statectl.failover.drill.terraform import Processes, Terraform, Workplace
from statectl.failover.drill.writers import Cut, Work, Writers, lost_work, serial_in, since
from statectl.failover.halves import Half, Halves
from statectl.failover.moving import MoveOfState, Outcome
from statectl.session import Session
from statectl.talk import say
from statectl.text import counted

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked for.

    :param id: the drill's id.
    :param count: how many scratch states.
    :param seed: what the moment of the cut is chosen by.
    :param seconds: how long is written at most, from when each state was.
    :param terraform: the client that writes.
    :param extra: a file of more arguments that the client's backend needs from here.
    """

    id: str
    count: int
    seed: int
    seconds: float
    terraform: Terraform
    extra: Path | None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the scratch states."""
        return scratch_keys(self.id, self.count)

    @property
    def prefix(self) -> str:
        """What they all start with."""
        return f"{FOLDER}{self.id}/"


@dataclass(kw_only=True)
class _Findings:
    """What is known so far."""

    states: dict[str, DrilledState]
    times: DrillTimes = field(default_factory=DrillTimes)

    def of_state(self, key: str, **known: Any) -> None:
        self.states[key] = replace(self.states[key], **known)

    def took(self, **seconds: float) -> None:
        self.times = replace(self.times, **seconds)


class Drill:
    """One drill.

    :param arn: who acts.
    """

    def __init__(self, session: Session, both: Halves, plan: Plan, arn: str) -> None:
        self._session = session
        self._both = both
        self._plan = plan
        self._journey = Journey(session, both, arn)
        self._processes = Processes()
        self._first, self._second = both.first.region, both.second.region

    def carry_out(self, tell: Callable[[DrillReport], None]) -> None:
        """Do all of it, and clean up whatever happens.

        :param tell: given what was found before anything is cleaned up, which can fail.
        :raises statectl.refusal.RefusalError: where a step fails, or something is left behind.
        """
        with _ended_politely(), _folder() as folder:
            try:
                tell(self._carry_out(folder))
            except BaseException as stopped:
                self._processes.kill()
                say(f"The drill stops: {stopped or 'interrupted'}")
                self._clear_away()
                raise
            self._clear_away()

    def _carry_out(self, folder: Path) -> DrillReport:
        plan, keys = self._plan, self._plan.keys
        found = _Findings(states={key: DrilledState(key=key) for key in keys})
        # Before the cut, since the key's ARN is asked of each region.
        places = self._places(folder)
        writers = Writers(places, self._both.first.store.bucket, self._first)
        say(f"{counted(plan.count, 'scratch state')} below {plan.prefix} written in {self._first}, all at once")
        cut = writers.write_until_cut(Random(plan.seed).uniform(0, plan.seconds))  # noqa: S311 (no secret)
        done = sum(map(len, writers.acknowledged.values()))
        say(
            f"{self._first} is cut {cut.writing} s after each was written (seed {plan.seed}): "
            f"applies: {done} acknowledged, {cut.killed} killed in the middle"
        )
        found.took(writing=cut.writing)
        stale = [place.stale() for place in places]
        self._fail_over(cut, writers.acknowledged, found)
        self._write_there(cut, places, found)
        self._close_first(stale, found)
        self._come_home(places, found)
        states = tuple(found.states[key] for key in keys)
        return DrillReport(
            id=plan.id,
            seed=plan.seed,
            first_region=self._first,
            second_region=self._second,
            client=plan.terraform.version,
            cut=cut.moment,
            lost=sum(one.lost or 0 for one in states),
            states=states,
            times=found.times,
        )

    def _fail_over(self, cut: Cut, acknowledged: Mapping[str, Sequence[Work]], found: _Findings) -> None:
        moved = {one.key: one for one in self._journey.over(self._plan.keys, reachable=False)}
        found.took(failover=since(cut.at))
        say(f"{self._second} takes writes {found.times.failover} s after the cut")
        for key in self._plan.keys:
            # Where nothing of a state had arrived, the failover knew of none.
            arrived = moved.get(key) or MoveOfState(key=key, outcome=Outcome.ABSENT)
            lost = lost_work(acknowledged[key], arrived.serial)
            found.of_state(
                key,
                acknowledged=acknowledged[key][-1].serial,
                found=arrived.serial,
                lost=len(lost),
                lost_work=tuple(work.name for work in lost),
                broke=arrived.broke,
            )

    def _write_there(self, cut: Cut, places: Sequence[Workplace], found: _Findings) -> None:
        acknowledged: list[float] = []

        def write(place: Workplace) -> None:
            place.init(self._processes, self._second)
            place.done(place.apply(self._processes, self._work_there), f"apply in {self._second}")
            acknowledged.append(since(cut.at))
            found.of_state(place.key, there=serial_in(self._both.second.store.bucket, place.key))

        self._each(write, places)
        found.took(first_write=min(acknowledged), write_again=max(acknowledged))
        say(f"Every state was written again in {self._second} {found.times.write_again} s after the cut")

    def _close_first(self, stale: Sequence[Workplace], found: _Findings) -> None:
        """The first region is back: it is closed, and whoever still points there is refused."""
        began = monotonic()
        say(f"{self._first} is back")
        self._journey.over(self._plan.keys, reachable=True)
        found.took(closing=since(began))
        bucket = self._both.first.store.bucket

        def try_stale(place: Workplace) -> None:
            before = list(bucket.versions_of(place.key))
            ended = place.apply(self._processes, "apply of a stale writer")
            same = list(bucket.versions_of(place.key)) == before
            found.of_state(place.key, refused=ended.code != 0 and same)

        self._each(try_stale, stale)
        refused = sum(one.refused is True for one in found.states.values())
        say(f"{refused} of {counted(len(stale), 'writer')} that still point at {self._first} refused")

    def _come_home(self, places: Sequence[Workplace], found: _Findings) -> None:
        began = monotonic()
        self._journey.back(self._plan.keys)
        found.took(failback=since(began))

        def look(place: Workplace) -> None:
            place.init(self._processes, self._first)
            clean = place.is_clean(self._processes, self._work_there)
            back = serial_in(self._both.first.store.bucket, place.key)
            found.of_state(place.key, clean=clean, back=back)

        self._each(look, places)
        found.took(back=since(began))
        say(f"{self._first} writes again, {found.times.back} s after the failback began")

    @property
    def _work_there(self) -> str:
        return f"apply in {self._second}"

    def _each(self, work: Callable[[Workplace], Answer], places: Sequence[Workplace]) -> list[Answer]:
        """Do it for each state, all at once; where one fails or Ctrl-C comes, the others are killed."""
        with ThreadPoolExecutor(len(places)) as pool:
            under_way = [pool.submit(work, place) for place in places]
            try:
                return [one.result() for one in under_way]
            except BaseException:
                self._processes.kill()
                raise

    def _clear_away(self) -> None:
        say("Cleaning up")
        Cleaner(self._both, self._journey).clear_away(self._plan.prefix)

    def _places(self, folder: Path) -> list[Workplace]:
        plan = backend(self._session.backend.promised())
        arguments = [
            self._arguments(region, half)
            for region, half in ((plan.primary, self._both.first), (plan.replica, self._both.second))
            if region is not None
        ]
        places = []
        for number, key in enumerate(self._plan.keys, 1):
            own = folder / str(number)
            own.mkdir()
            backends = {}
            for common in arguments:
                file = own / f"{common['region']}.hcl"
                file.write_text(to_hcl({**common, "key": key}), encoding="utf-8")
                backends[str(common["region"])] = [file, *([self._plan.extra] if self._plan.extra else [])]
            place = Workplace(terraform=self._plan.terraform, folder=own, key=key, backends=backends)
            place.make()
            places.append(place)
        return places

    def _arguments(self, region: RegionalBackend, half: Half) -> dict[str, Any]:
        """What the client is told of one region, but for the key."""
        settings, location = self._session.backend.promised(), half.store.location
        arn = location.kms_key_arn
        if arn is None and region.key is not None:
            arn = key_arn(self._session, settings, region.key)
        profile = {"profile": self._session.profile} if self._session.profile else {}
        return {**backend_arguments(settings, region, key="", kms_key_arn=arn), **profile}


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that nobody else can look into; it goes with all that is in it."""
    made = Path(tempfile.mkdtemp(prefix="statectl-drill-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Take being told to end as Ctrl-C: a pipeline that is cancelled cleans up as well."""
    if current_thread() is not main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

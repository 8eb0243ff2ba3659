"""A region that is gone: a switch for the proxies that everybody's requests go through."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tests.faults.call import Call
from tests.faults.fault import INTERNAL, UNAVAILABLE, Break, Fault, Refusal


class Mode(Enum):
    """How a region is gone."""

    REFUSED = "connections break before AWS hears of anything"
    TIMEOUT = "nothing is answered"
    ERRORS = "everything is answered with 500 or 503"


@dataclass(frozen=True, kw_only=True)
class _Moment:
    actor: str
    number: int
    mode: Mode
    done: bool


class Region:
    """What was signed for this region passes, or does not; whatever is for another does.

    Proxies take its `rule` and, for what is cut after AWS did it, its `afterwards`. Safe to share between threads.

    :param name: the region.
    :param seconds: how long a time-out lasts at most; longer than the client waits, unless that is no matter.
    :param late: whether what waits in a time-out reaches AWS when the region comes back, as a packet that is sent
        again does, though nobody may wait for it any more.
    """

    def __init__(self, name: str, *, seconds: float = 20.0, late: bool = False) -> None:
        self.name = name
        self._seconds = seconds
        self._late = late
        self._switch = threading.Lock()
        self._mode: Mode | None = None
        self._back = threading.Event()
        self._moment: _Moment | None = None
        self._unanswered: Call | None = None
        self._seen: Counter[str] = Counter()
        self._errors: Iterator[Refusal] = itertools.cycle((INTERNAL, UNAVAILABLE))

    @property
    def is_cut(self) -> bool:
        with self._switch:
            return self._mode is not None

    def cut(self, mode: Mode) -> None:
        """From now on it is gone."""
        with self._switch:
            self._cut(mode)

    def cut_at(self, number: int, *, actor: str, mode: Mode, done: bool = False) -> None:
        """Let it be gone at somebody's so-manieth call to it, counted from now.

        :param number: the first call is 1.
        :param done: whether AWS still does what that call asks; its answer is lost then, in each mode.
        """
        with self._switch:
            self._seen[actor] = 0
            self._moment = _Moment(actor=actor, number=number, mode=mode, done=done)

    def restore(self) -> None:
        """It is back, and what waits is let go; a cut that is still to come does not come."""
        with self._switch:
            self._mode = self._moment = None
            self._back.set()

    def rule(self, call: Call) -> Fault | None:
        """What a proxy asks before it passes a call on."""
        if call.region != self.name:
            return None
        with self._switch:
            moment = self._moment_of(call)
            if moment is not None:
                self._cut(moment.mode)
                if moment.done:
                    self._unanswered = call
                    return Break.AFTER
            match self._mode:
                case None:
                    return None
                case Mode.REFUSED:
                    return Break.BEFORE
                case Mode.ERRORS:
                    return next(self._errors)
            back = self._back
        came_back = back.wait(self._seconds)
        return None if came_back and self._late else Break.BEFORE

    def afterwards(self, call: Call) -> None:
        """What a proxy calls once AWS did it: the answer that is lost lets wait for it, if it is by time-out."""
        with self._switch:
            waits = call is self._unanswered and self._mode is Mode.TIMEOUT
            back = self._back
        if waits:
            back.wait(self._seconds)

    def _cut(self, mode: Mode) -> None:
        if self._mode is None:
            self._back = threading.Event()
        self._mode = mode

    def _moment_of(self, call: Call) -> _Moment | None:
        self._seen[call.actor] += 1
        moment = self._moment
        if moment is None or (moment.actor, moment.number) != (call.actor, self._seen[call.actor]):
            return None
        self._moment = None
        return moment

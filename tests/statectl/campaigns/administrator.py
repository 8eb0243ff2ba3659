"""Who fails over and back: by ``statectl``, which may be killed on the way, and beside a rival."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass

from blueprint.standby import Home
from statectl.exit_code import ExitCode
from statectl.failover.record import RECORD_KEY, Direction, Record, parse_record
from tests.faults.call import Call
from tests.faults.fault import Break, Fault
from tests.faults.proxy import Proxy
from tests.statectl.campaigns.story import Kill, Rival
from tests.statectl.failover.regions import Regions
from tests.statectl.operator import Operator, Outcome

ACTOR = "administrator"
"""What each of them is called in the record: what one of them locked another may free."""
PATIENCE_SECONDS = 120.0


@dataclass
class Administrator:
    """At a command line, behind proxies of their own.

    :param proxied: makes a proxy, given what happens before a call and after it.
    :param meanwhile: called while ``statectl`` lies dead, before it goes on.
    :param alone: whether nobody else is at work: then commands need no process of their own, which is quicker.
    """

    regions: Regions
    proxied: Callable[..., Proxy]
    meanwhile: Callable[[], None]
    alone: bool = True

    def record(self) -> Record:
        """What is known of failovers."""
        text = self.regions.body(Home.SECOND, RECORD_KEY)
        return Record() if text is None else parse_record(text)

    def start(
        self, direction: Direction, *arguments: str, states: tuple[str, ...] = (), kill: Kill | None = None
    ) -> Outcome:
        """Move states; where it is killed, again until it comes to its end."""
        if kill is None:
            return self._run(direction, "start", *states, *arguments)
        victim: list[subprocess.Popen[str]] = []
        with self._killing(kill, victim) as proxy:
            first = self._start(proxy, victim, direction, "start", *states, *arguments)
        if first.code != -signal.SIGKILL:
            return first
        return self._go_on(direction, states, arguments)

    def start_beside(
        self, rival: Rival, direction: Direction, *arguments: str, states: tuple[str, ...] = ()
    ) -> Outcome:
        """Move states while another administrator asks for the same; what the one did who did it."""
        command = [direction, "start", *states, *arguments]
        theirs: list[Outcome] = []
        once = threading.Lock()

        def begin(call: Call) -> None:
            writes = call.operation == "PUT" and call.path.endswith(RECORD_KEY)
            if writes and once.acquire(blocking=False):
                theirs.append(self._run(*command))

        hooks = {"before" if rival is Rival.FASTER else "afterwards": begin}
        alone, self.alone = self.alone, False
        with self.proxied(ACTOR, **hooks) as proxy:
            ours = self._start(proxy, [], *command)
        self.alone = alone
        done, told = (theirs[0], ours) if rival is Rival.FASTER else (ours, theirs[0])
        assert told.code == ExitCode.LOCKED, told
        assert "began a failover" in told.err or "is under way" in told.err, told
        return done

    def plan(self, direction: Direction) -> dict[str, str]:
        """What would become of each state: the verdicts by key."""
        done = self._run(direction, "plan")
        assert done.code in {ExitCode.FINE, ExitCode.FOUND}, done
        return {row["key"]: row["verdict"] for row in done.json()}

    def do(self, *arguments: str) -> Outcome:
        """Any other command, which must end well."""
        done = self._run(*arguments, form=())
        assert done.code == ExitCode.FINE, done
        return done

    def _go_on(self, direction: Direction, states: tuple[str, ...], arguments: tuple[str, ...]) -> Outcome:
        run = self.record().run
        self.meanwhile()
        if run is None:
            return self._run(direction, "start", *states, *arguments)
        told = self._run(direction, "start", *states, *arguments)
        assert told.code == ExitCode.LOCKED, told
        assert f"statectl {direction} start --resume {run.id}" in told.err, told
        return self._run(direction, "start", "--resume", run.id, *arguments)

    def _killing(self, kill: Kill, victim: list[subprocess.Popen[str]]) -> Proxy:
        turn, seen, dead = threading.Lock(), 0, threading.Event()

        def count(_: Call) -> Fault | None:
            nonlocal seen
            with turn:
                seen += 1
                if seen == kill.number:
                    dead.set()
                    os.kill(victim[0].pid, signal.SIGKILL)
                return Break.BEFORE if dead.is_set() else None

        return self.proxied(ACTOR, **{"afterwards" if kill.done else "before": count})

    def _run(self, *arguments: str, form: tuple[str, ...] = ("--json",)) -> Outcome:
        with self.proxied(ACTOR) as proxy:
            if not self.alone:
                return self._start(proxy, [], *arguments, form=form)
            return self._operator(proxy).run(*_whole(arguments, form))

    def _start(
        self,
        proxy: Proxy,
        started: list[subprocess.Popen[str]],
        *arguments: str,
        form: tuple[str, ...] = ("--json",),
    ) -> Outcome:
        process = self._operator(proxy).start(*_whole(arguments, form))
        started.append(process)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert "Traceback" not in err, err
        return Outcome(process.returncode, out, err)

    def _operator(self, proxy: Proxy) -> Operator:
        return self.regions.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint)


def _whole(arguments: tuple[str, ...], form: tuple[str, ...]) -> tuple[str, ...]:
    return (*arguments, *form, *(("--yes",) if "start" in arguments else ()))

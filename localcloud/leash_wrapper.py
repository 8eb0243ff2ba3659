"""The process between a command and the one that started it; see `localcloud.leash`, which runs this file.

It imports nothing but the standard library's smallest parts, so that it starts in a few milliseconds.
"""

import contextlib
import os
import select
import signal
import sys
import time

KEEP = b"k"
"""Written into the pipe: from now on the pipe's end means nothing (only a signal stops the command)."""

POLL_SECONDS = 0.05
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def processes() -> dict[int, tuple[int, str]]:
    """Parent and state letter of every process, by id."""
    found: dict[int, tuple[int, str]] = {}
    if os.path.isdir("/proc/self"):  # noqa: PTH112  (pathlib would double the wrapper's start)
        for name in os.listdir("/proc"):  # noqa: PTH208
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                        # The command's name is in parentheses and may hold anything, also parentheses.
                        state, parent = file.read().rpartition(")")[2].split()[:2]
                except OSError:
                    continue
                found[int(name)] = (int(parent), state)
    else:
        with os.popen("ps -A -o pid= -o ppid= -o state=") as listing:  # noqa: S605
            for line in listing:
                pid, parent, state = line.split()[:3]
                found[int(pid)] = (int(parent), state[0])
    return found


def descendants(ancestor: int) -> list[int]:
    """The ids of all living processes that descend from `ancestor`, which itself is left out."""
    table = processes()
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    reached: list[int] = []
    waiting = list(children.get(ancestor, ()))
    while waiting:
        pid = waiting.pop()
        if table[pid][1] != "Z":
            reached.append(pid)
        waiting += children.get(pid, ())
    return reached


def _prctl(option: int, value: int) -> None:
    """Linux only: elsewhere what leaves the command's process group and its parents is out of reach."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415  (a millisecond that only Linux needs)

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_with_parent() -> None:
    """Let this process get SIGTERM when its parent is gone (Linux; elsewhere nothing)."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _spawn(command: list[str], farewell: int) -> int:
    wrapper = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        os.setpgid(0, 0)
        # Should the wrapper itself be killed, the command still hears of it.
        _prctl(PR_SET_PDEATHSIG, farewell)
        if os.getppid() != wrapper:
            os._exit(127)
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    os._exit(127)


class _Wrapper:
    """The state of the process between the parent and the command."""

    def __init__(self, pipe: int, held: list[int], command: list[str], farewell: int, grace: float) -> None:
        self.pipe, self.held, self.farewell, self.grace = pipe, held, farewell, grace
        self.status: int | None = None
        self.stopping = False
        for own in (pipe, *held):
            os.set_inheritable(own, False)
        # What the command's children leave behind becomes this process's child, not init's.
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        waking, self.waker = os.pipe()
        os.set_blocking(self.waker, False)
        os.set_blocking(waking, False)
        self.waking = waking
        signal.set_wakeup_fd(self.waker)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.child = _spawn(command, farewell)
        # Descriptors that were passed for the command only, such as a listening socket.
        for descriptor in set(range(3, 256)) - {pipe, waking, self.waker, *held}:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.child:
                self.status = status

    def run(self) -> int:
        """Wait for the command, or end it; its wait status."""
        watched = [self.pipe, self.waking]
        while self.status is None and not self.stopping:
            ready, _, _ = select.select(watched, [], [])
            if self.waking in ready:
                os.read(self.waking, 4096)
            if self.pipe in ready:
                watched.remove(self.pipe)
                if os.read(self.pipe, 1) == KEEP:
                    for descriptor in self.held:
                        os.close(descriptor)
                else:
                    self.stopping = True
            self._reap()
        self._end()
        return self.status if self.status is not None else signal.SIGKILL

    def _end(self) -> None:
        """Nothing of the command is left when this returns."""
        if self.status is None:
            _signal(self.child, self.farewell)
            deadline = time.monotonic() + self.grace
            while self.status is None and time.monotonic() < deadline:
                select.select([self.waking], [], [], POLL_SECONDS)
                self._reap()
        # What the command itself started and did not end: told once, then killed. A process that forks
        # while it is being killed is found in the next round.
        told: set[int] = set()
        deadline = time.monotonic() + (1.0 if self.status is not None else 0.0)
        while left := descendants(os.getpid()):
            for pid in left:
                if time.monotonic() >= deadline:
                    _signal(pid, signal.SIGKILL)
                elif pid not in told:
                    told.add(pid)
                    _signal(pid, signal.SIGTERM)
            time.sleep(POLL_SECONDS / 5)
            self._reap()
        self._reap()
        if sys.platform != "linux":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child, signal.SIGKILL)


def _main(arguments: list[str]) -> int:
    pipe, held, farewell, grace, dashes, *command = arguments
    if dashes != "--" or not command:
        raise SystemExit("usage: leash_wrapper.py FD HELD,... SIGNAL SECONDS -- COMMAND...")
    kept_open = [int(descriptor) for descriptor in held.split(",") if descriptor]
    status = _Wrapper(int(pipe), kept_open, command, int(farewell), float(grace)).run()
    if os.WIFSIGNALED(status):
        # End by the same signal, so that the parent sees what happened to the command.
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))

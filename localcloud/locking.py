"""Two applies of one state at once, and what a crashed apply leaves behind: shown on real locks."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from localcloud.failure import Failure
from localcloud.leash import Leashed
from localcloud.leash_wrapper import descendants
from localcloud.terraform import CANCEL_SECONDS, Workdir

APPROVAL = b"Only 'yes' will be accepted"
"""Terraform has planned, holds the lock and waits for an answer."""
PATIENCE_SECONDS = 60.0
FIELD = re.compile(r"^\W*(ID|Who|Operation):\s+(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, in the words that Terraform shows to those it refuses."""

    id: str
    who: str
    operation: str


class WaitingApply:
    """An apply that holds its state's lock and waits for approval."""

    def __init__(self, leashed: Leashed) -> None:
        self._leashed = leashed
        self._asked = threading.Event()
        self._said: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._asked.wait(PATIENCE_SECONDS):
            raise Failure("The first apply did not come to hold the lock.", self._words())

    def _read(self) -> None:
        assert self._leashed.process.stdout  # noqa: S101
        for line in self._leashed.process.stdout:
            self._said.append(line)
            if APPROVAL in line:
                self._asked.set()
        self._asked.set()

    def _words(self) -> str:
        return b"".join(self._said).decode(errors="replace").strip()[-2000:]

    def approve(self) -> None:
        """Answer yes and wait until it is applied."""
        assert self._leashed.process.stdin  # noqa: S101
        self._leashed.process.stdin.write(b"yes\n")
        self._leashed.process.stdin.close()
        if self._leashed.wait(PATIENCE_SECONDS) != 0:
            raise Failure("The first apply did not finish.", self._words())

    def crash(self) -> None:
        """Kill it as a crash would, with the lock in its hands."""
        for pid in descendants(self._leashed.pid):
            os.kill(pid, signal.SIGKILL)
        self._leashed.wait(PATIENCE_SECONDS)


@contextmanager
def holding(workdir: Workdir, arguments: Sequence[str]) -> Iterator[WaitingApply]:
    """An apply with these arguments that has the lock while the context lasts."""
    leashed = Leashed.start(
        workdir.command(arguments),
        env={**workdir.environment(), "TF_INPUT": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        grace=CANCEL_SECONDS,
    )
    with leashed:
        yield WaitingApply(leashed)


def refusal(workdir: Workdir, arguments: Sequence[str]) -> Holder:
    """Try an apply that must be refused because the state is locked; who holds the lock."""
    finished = workdir.run([*arguments, "-auto-approve"])
    fields = dict(FIELD.findall(finished.stderr))
    if finished.exit_code == 0 or "Error acquiring the state lock" not in finished.stderr or "ID" not in fields:
        raise Failure("A second apply of a locked state was not refused.", finished.stdout + finished.stderr)
    return Holder(fields["ID"], fields.get("Who", ""), fields.get("Operation", ""))


def unlock(workdir: Workdir, holder: Holder) -> None:
    """Take the lock from a holder that is gone."""
    workdir.do(["force-unlock", "-no-color", "-force", holder.id])

"""Runs a command that ends when the process that started it does, however that process ends.

This process keeps the writing end of a pipe. A small wrapper (`leash_wrapper.py`), in a session of its own, holds
the reading end and runs the command. When the pipe closes, because this process ended (even by SIGKILL), or when
the wrapper is told to stop, it ends the command and all that the command started: first the polite signal, after a
grace period SIGKILL. Processes are addressed by their id only.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from localcloud import leash_wrapper

GRACE_SECONDS = 10.0

Stream = int | IO[bytes] | None

_held: set[int] = set()


@contextmanager
def holding(descriptor: int) -> Iterator[None]:
    """Let each wrapper started meanwhile keep `descriptor` open until nothing of its command is left.

    With a locked file, the lock outlives a killed parent until all that it had started is gone.
    """
    _held.add(descriptor)
    try:
        yield
    finally:
        _held.remove(descriptor)


@dataclass(frozen=True)
class Finished:
    """What a command left behind: its exit code (negative: the signal that ended it) and its output."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Leashed:
    """A running command. Leaving its context ends it, unless it was let go."""

    process: subprocess.Popen[bytes]
    rope: IO[bytes]
    grace: float

    @classmethod
    def start(
        cls,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = None,
        stderr: Stream = None,
        pass_fds: Sequence[int] = (),
        farewell: signal.Signals = signal.SIGINT,
        grace: float = GRACE_SECONDS,
    ) -> Self:
        """Start `command`; `farewell` asks it to end, `grace` seconds later it is killed."""
        reading, writing = os.pipe()
        try:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", leash_wrapper.__file__),
                    *(str(reading), ",".join(map(str, _held)), str(int(farewell)), str(grace), "--"),
                    *map(str, command),
                ],
                cwd=cwd,
                env=env,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(reading, *_held, *pass_fds),
                start_new_session=True,
            )
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        return cls(process, open(writing, "wb", buffering=0), grace)  # noqa: PTH123

    @property
    def pid(self) -> int:
        """The wrapper's id: it lives as long as anything of the command does."""
        return self.process.pid

    def wait(self, timeout: float | None = None) -> int:
        """The command's exit code; negative: the signal that ended it."""
        return self.process.wait(timeout)

    def stop(self) -> int:
        """End the command and all that it started; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        # The wrapper keeps its own deadline; this one only catches a wrapper that was itself stopped.
        try:
            return self.process.wait(self.grace + 10)
        finally:
            self.rope.close()

    def let_go(self) -> None:
        """From now on the command outlives this process; only its wrapper's id can end it."""
        self.rope.write(leash_wrapper.KEEP)
        self.rope.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.rope.closed:
            self.stop()


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    farewell: signal.Signals = signal.SIGINT,
    grace: float = GRACE_SECONDS,
    on_line: Callable[[str], None] | None = None,
) -> Finished:
    """Run `command` to its end and hand back its output; `on_line` also sees each line as it comes.

    An exception here, Ctrl-C included, ends the command first. `on_line` is called by two threads.
    """
    leashed = Leashed.start(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        farewell=farewell,
        grace=grace,
    )
    collected: tuple[list[str], list[str]] = ([], [])

    def read(stream: IO[bytes], lines: list[str]) -> None:
        for raw in stream:
            lines.append(raw.decode(errors="replace"))
            if on_line:
                on_line(lines[-1].rstrip("\n"))

    assert leashed.process.stdout  # noqa: S101
    assert leashed.process.stderr  # noqa: S101
    readers = [
        threading.Thread(target=read, args=(stream, lines), daemon=True)
        for stream, lines in zip((leashed.process.stdout, leashed.process.stderr), collected, strict=True)
    ]
    for reader in readers:
        reader.start()
    try:
        exit_code = leashed.wait()
        for reader in readers:
            reader.join()
    finally:
        leashed.stop()
    return Finished(exit_code, *("".join(lines) for lines in collected))

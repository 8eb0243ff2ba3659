"""What the local run shows while it works: one line per step, and a sign of life while a step takes long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

HEARTBEAT_SECONDS = 20.0
REFRESH_SECONDS = 0.2
TITLE_WIDTH = 26


class Step:
    """One step under way: `note` says what it is at right now, `result` what the finished line will say."""

    def __init__(self) -> None:
        self.now = ""
        self.outcome = ""

    def note(self, text: str) -> None:
        """Say what is being done right now; shown only while it lasts."""
        self.now = text

    def result(self, text: str) -> None:
        """Say what came out of the step; shown on its line."""
        self.outcome = text


class Steps:
    """Prints each step on a line of its own, with its seconds."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run one step; a failure marks its line and goes on upwards."""
        step, start, over = Step(), time.monotonic(), threading.Event()
        bar = self._bar() if self.console.is_terminal else None
        life = threading.Thread(target=self._live, args=(title, step, start, over, bar), daemon=True)
        style = "red"
        try:
            with bar or nullcontext():
                life.start()
                try:
                    yield step
                finally:
                    over.set()
                    life.join()
            style = ""
        except BaseException as reason:
            step.outcome = "failed" if isinstance(reason, Exception) else "interrupted"
            raise
        finally:
            seconds = f"{time.monotonic() - start:6.1f} s  "
            line = Text.assemble((f"{title:<{TITLE_WIDTH}}", "bold"), (seconds, "dim"), (step.outcome, style))
            self.console.print(line)

    def say(self, text: str, style: str = "") -> None:
        """A line, or several, that belong to no step."""
        self.console.print(Text(text, style))

    def _bar(self) -> Progress:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}", markup=False),
        )
        return Progress(*columns, console=self.console, transient=True)

    def _live(self, title: str, step: Step, start: float, over: threading.Event, bar: Progress | None) -> None:
        if bar is not None:
            task = bar.add_task(title, now="", total=None)
            while not over.wait(REFRESH_SECONDS):
                bar.update(task, now=step.now)
            return
        while not over.wait(HEARTBEAT_SECONDS):
            self.say(f"  {title}: {time.monotonic() - start:.0f} s, {step.now or 'at work'}")

"""What the local run shows while it works: one line per step, and a sign of life while a step takes long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

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
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run one step; a failure leaves its line marked and goes on upwards."""
        step, start, over = Step(), time.monotonic(), threading.Event()
        bar = self._bar() if self.console.is_terminal else None
        life = threading.Thread(target=self._live, args=(title, step, start, over, bar), daemon=True)
        with bar or nullcontext():
            life.start()
            try:
                yield step
            except BaseException as reason:
                outcome = "failed" if isinstance(reason, Exception) else "interrupted"
                self._finish(title, f"[red]{outcome}[/]", start, over, life)
                raise
            self._finish(title, step.outcome, start, over, life)

    def say(self, text: str) -> None:
        """A line that belongs to no step."""
        self.console.print(text)

    def _finish(
        self, title: str, outcome: str, start: float, over: threading.Event, life: threading.Thread
    ) -> None:
        over.set()
        life.join()
        self.seconds[title] = time.monotonic() - start
        self.console.print(f"[bold]{title:<{TITLE_WIDTH}}[/] [dim]{self.seconds[title]:6.1f} s[/]  {outcome}")

    def _bar(self) -> Progress:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
        )
        return Progress(*columns, console=self.console, transient=True)

    def _live(self, title: str, step: Step, start: float, over: threading.Event, bar: Progress | None) -> None:
        if bar is not None:
            task = bar.add_task(title, now="", total=None)
            while not over.wait(REFRESH_SECONDS):
                bar.update(task, now=step.now)
            return
        while not over.wait(HEARTBEAT_SECONDS):
            self.console.print(f"  {title}: {time.monotonic() - start:.0f} s, {step.now or 'at work'}")

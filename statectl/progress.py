"""A bar on standard error for what may take a while; nothing where that is no terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def watched(
    items: Iterable[Item], title: str, total: int | None = None, *, prints_rows: bool = False
) -> Iterator[Item]:
    """The same items, with a bar while they come.

    :param total: how many there will be; ``None`` where that is not known before, and they are only counted.
    :param prints_rows: whether each becomes a row on standard output: where that is the same terminal, the rows
        show how far it is, and a bar would tear them apart.
    """
    if not sys.stderr.isatty() or (prints_rows and sys.stdout.isatty()):
        yield from items
        return
    from rich.console import Console  # noqa: PLC0415 (takes a while to load)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        yield from progress.track(items, total=total, description=title)

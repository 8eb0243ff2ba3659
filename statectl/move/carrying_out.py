"""Moves from the command line: shown, asked about, carried out, reported."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import typer

from statectl.exit_code import ExitCode
from statectl.move.moving import Move, Mover
from statectl.move.outcome import Moved, Outcome
from statectl.output import print_rows
from statectl.progress import watched
from statectl.talk import require_yes, say
from statectl.text import counted, number
from store.parallel import in_order

COLUMNS: Mapping[str, Callable[[Moved], str]] = {
    "from": lambda row: row.source,
    "to": lambda row: row.target,
    "outcome": lambda row: row.outcome.value,
    "serial": lambda row: number(row.serial),
    "remarks": lambda row: row.detail,
}
_WAYS = {
    Outcome.REFUSED: "Mend what is refused, or leave it where it is.",
    Outcome.LOCKED: "Wait for who holds a lock, then run the same command again.",
    Outcome.FAILED: "Run the same command again for those that failed.",
}


def carry_out(
    mover: Mover, moves: Sequence[Move], *, next_step: str, as_json: bool, dry_run: bool, yes: bool
) -> None:
    """Move each of these that can be moved, and report on all.

    :param next_step: what whoever works with these states has to do now.
    :raises typer.Exit: where some are not where they should be.
    """
    planned = list(watched(in_order(mover.forecast, moves), "states", len(moves)))
    todo = [move for move, row in zip(moves, planned, strict=True) if row.outcome is Outcome.MOVED]
    if todo and (dry_run or not yes):
        for count, step in enumerate(mover.steps(), start=1):
            say(f"{count}. {'would ' if dry_run else ''}{step}")
    if dry_run or not todo:
        print_rows(planned, COLUMNS, as_json=as_json)
        _end(planned)
        return
    require_yes(_question(mover, todo, planned), yes=yes)
    done = dict(zip(map(id, todo), watched(in_order(mover.move, todo), "Moving states", len(todo)), strict=True))
    rows = [done.get(id(move), row) for move, row in zip(moves, planned, strict=True)]
    print_rows(rows, COLUMNS, as_json=as_json)
    if any(row.outcome is Outcome.MOVED for row in rows):
        say(next_step)
    _end(rows)


def _question(mover: Mover, todo: Sequence[Move], planned: Sequence[Moved]) -> str:
    if len(todo) == 1:
        (only,) = todo
        what = f"Move {only.source.url} to {only.target.url}?"
    else:
        what = f"Move {counted(len(todo), 'state')}?"
    replaced = sum(row.outcome is Outcome.MOVED and bool(row.detail) for row in planned)
    if replaced:
        what += f" {counted(replaced, 'other state')} there give way, and stay as noncurrent versions."
    if mover.keep:
        return f"{what} The source stays writable: whoever writes there writes another state from then on."
    return f"{what} Whoever is configured for the old place is refused from then on."


def _end(rows: Sequence[Moved]) -> None:
    left = Counter(row.outcome for row in rows if not row.outcome.is_well)
    if not left:
        return
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(left.items()))
    say(f"Not where they should be: {told}. {' '.join(way for outcome, way in _WAYS.items() if outcome in left)}")
    raise typer.Exit(ExitCode.LOCKED if set(left) == {Outcome.LOCKED} else ExitCode.FOUND)

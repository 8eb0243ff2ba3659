"""``statectl move lock``: from the lock table to lockfiles and back, state by state, with nobody in between."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.failover.inventory import base_key
from statectl.move.lock_moving import FENCES, LockMove, LockMover, Outcome
from statectl.move.lock_places import BothPlaces, both_places
from statectl.move.lock_setting import set_lock
from statectl.move.lock_steps import next_steps, write_backend_files
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.output import print_rows
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import require_yes, say
from statectl.text import counted, moment
from store.held import LockKind
from store.parallel import in_order

COLUMNS: Mapping[str, Callable[[LockMove], str]] = {
    "state": lambda row: row.key,
    "outcome": lambda row: row.outcome.value,
    "last lock": lambda row: row.used,
    "version": lambda row: row.terraform_version,
    "written": lambda row: moment(row.modified) if row.modified else "",
    "remarks": lambda row: row.detail,
}
_FENCED = {Lock.LOCKFILE: LockKind.TABLE, Lock.DYNAMODB: LockKind.LOCKFILE}
_WAY_OF_STAYS = (
    "Nothing moves while a state stays: give its clients both locks, let them plan or apply, or say --sure STATE"
    " of those that have them, or --sure-all."
)
_OPPOSITE = {Lock.LOCKFILE: Lock.DYNAMODB, Lock.DYNAMODB: Lock.LOCKFILE}


@on_backend
def lock(
    session: Session,
    *,
    to: Annotated[Lock, typer.Option("--to", help="Where the locks go.")],
    sure: Annotated[
        list[str] | None,
        typer.Option(
            "--sure", metavar="STATE", help="Say yourself that all clients of a state use both locks by now."
        ),
    ] = None,
    sure_all: Annotated[bool, typer.Option("--sure-all", help="Say so of every state.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Write each team's backend.hcl below DIR."),
    ] = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Move the locks of all states: from the table to both, from both to lockfiles, and back.

    Shows for each state which version wrote it last and which locks that took. To lockfiles, or to the table, it
    puts up a fence where nobody may lock any more: a lock that stays, and tells who comes there what to change. It
    is refused while the last writer of any state did not take the lock that is left, or nothing tells. Changes
    lock in the stack file, and says what comes next. Again, it goes on. Ends with 3 where a state stays, with 4
    where only locks kept some from moving.
    """
    session.say_who_acts()
    _refuse_leaps(session, to)
    found = both_places(session)
    wanted = _FENCED.get(to)
    if wanted is not None and any(fences - {wanted} for fences in found.fenced.values()):
        raise _via_both(session, to, f"there are fences of `{FENCES[_OPPOSITE[to]]}`")
    mover = _mover(session, found, to, _sure(session, sure or [], everything=sure_all))
    planned: list[LockMove] = []
    if mover is not None:
        asked = in_order(mover.forecast, found.keys)
        planned = list(watched(asked, "states", len(found.keys)))
    stay = [row for row in planned if row.outcome in {Outcome.STAYS, Outcome.FAILED}]
    if dry_run or stay:
        print_rows(planned, COLUMNS, as_json=as_json)
        if dry_run:
            _say_plan(session, to)
        _end(planned, to)
        return
    moving = [row for row in planned if row.outcome is Outcome.MOVED]
    require_yes(_question(session, to, len(moving)), yes=yes)
    if to is Lock.BOTH:
        # First it is sure that the next pulumi up lets everybody take both.
        _set(session, to)
    if mover is None and to is Lock.BOTH:
        raise RefusalError(
            "there is no lock table yet, and until it knows each state nobody may use it",
            next_step="pulumi up, which makes it, then run the same command again at once",
        )
    todo = [row for row in planned if row.outcome is not Outcome.LOCKED]
    held_up = [row for row in planned if row.outcome is Outcome.LOCKED]
    if mover is not None:
        done = list(watched(in_order(mover.move, todo), "Moving locks", len(todo)))
        planned = sorted([*done, *held_up], key=lambda row: row.key)
    print_rows(planned, COLUMNS, as_json=as_json)
    _end(planned, to)
    if to is not Lock.BOTH:
        # Only now: files that are made by it would let in who must still be kept out.
        _set(session, to)
    _say_next(session, found, to, output)


def _refuse_leaps(session: Session, to: Lock) -> None:
    """From one lock to the other it goes by both, and each step waits for the ``pulumi up`` of the one before."""
    known, opposite = session.backend, _OPPOSITE.get(to)
    if opposite is None:
        return
    if known.settings is not None and known.settings.lock is opposite:
        raise _via_both(session, to, f"{known.stack_file} says lock: {opposite}")
    if known.location.lock is opposite:
        raise RefusalError(
            f"the last pulumi up of {known.source} made lock: {opposite}, so that nobody may take both locks yet",
            next_step="pulumi up, and give each team the backend files with both",
        )


def _via_both(session: Session, to: Lock, why: str) -> RefusalError:
    return RefusalError(
        f"{session.backend.source} cannot step to {to} at once: {why}, and its clients would exclude nobody who "
        f"comes by the {to}",
        next_step="statectl move lock --to both, and the steps that it names",
    )


def _sure(session: Session, states: Sequence[str], *, everything: bool) -> frozenset[str] | None:
    if everything:
        return None
    return frozenset(base_key(session.backend, session.backend.state_key(state)) for state in states)


def _mover(session: Session, found: BothPlaces, to: Lock, sure: frozenset[str] | None) -> LockMover | None:
    """Who does it; ``None`` where there is no table."""
    table = found.first.table
    if table is None and to is Lock.DYNAMODB:
        raise RefusalError(
            "there is no lock table", next_step="statectl move lock --to both, and the steps that it names"
        )
    if table is None:
        return None
    settings, location = session.backend.settings, session.backend.location
    deployed = [location.lock, *([settings.lock] if settings is not None else [])]
    known_sure = None if sure is None else frozenset(k for k in found.keys if base_key(session.backend, k) in sure)
    return LockMover(
        store=found.first,
        second=found.second,
        table=table,
        to=to,
        fenced=found.fenced,
        sure=known_sure,
        from_lockfile=Lock.LOCKFILE in deployed,
    )


def _question(session: Session, to: Lock, count: int) -> str:
    what = f"Move the locks of {counted(count, 'state')} to {'both places' if to is Lock.BOTH else f'the {to}'}?"
    if to is Lock.BOTH:
        return what
    return f"{what} Whoever still takes both, or the other alone, is refused from then on."


def _set(session: Session, to: Lock) -> None:
    known = session.backend
    if (
        known.settings is not None
        and known.stack_file is not None
        and set_lock(known.stack_file, known.settings, to)
    ):
        say(f"{known.stack_file} says lock: {to} now")


def _say_plan(session: Session, to: Lock) -> None:
    known = session.backend
    change = f"set lock: {to} in {known.stack_file}" if known.stack_file is not None else ""
    if to is Lock.BOTH:
        steps = [change, "under its lock, write the digest of each state that moves, then take its fence away"]
    else:
        digest = " and delete its digest" if to is Lock.LOCKFILE else ""
        steps = [f"under both locks of each state that moves, leave a fence in the {_FENCED[to]}{digest}", change]
    for number, step in enumerate(filter(None, steps), start=1):
        say(f"Would do {number}: {step}")
    for line in next_steps(known, to, [], protected=_is_protected(session)):
        say(line)


def _say_next(session: Session, found: BothPlaces, to: Lock, output: Path | None) -> None:
    table = found.first.table
    name = table.name if table is not None else ""
    files = write_backend_files(session, to, name, output) if output is not None else []
    for line in next_steps(session.backend, to, files, protected=_is_protected(session)):
        say(line)


def _is_protected(session: Session) -> bool:
    settings = session.backend.settings
    return settings is not None and settings.protect


def _end(rows: Sequence[LockMove], to: Lock) -> None:
    """End where some states are not where they should be."""
    left = Counter(row.outcome for row in rows if not row.outcome.is_well)
    if not left:
        return
    words = {Outcome.STAYS: "stay where they are", Outcome.LOCKED: "locked", Outcome.FAILED: "failed"}
    told = ", ".join(f"{count} {words[outcome]}" for outcome, count in sorted(left.items()))
    ways = {
        Outcome.STAYS: _WAY_OF_STAYS if to is not Lock.BOTH else "",
        Outcome.LOCKED: "Wait for who holds the lock, then run the same command again; the stack file waits too.",
        Outcome.FAILED: "Run the same command again for those that failed.",
    }
    way = " ".join(way for outcome, way in ways.items() if outcome in left)
    say(f"Of the states, {told}. {way}".rstrip())
    raise typer.Exit(ExitCode.LOCKED if set(left) == {Outcome.LOCKED} else ExitCode.FOUND)

"""The commands on replication."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Annotated

import typer

from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.options import DryRunOption, JsonOption, WorkspaceOption, YesOption, on_backend
from statectl.output import print_rows
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.replication.backfilling import Backfilling
from statectl.replication.backlog import backlog, is_stuck
from statectl.replication.copying import Brought, Outcome
from statectl.replication.reach import reached
from statectl.replication.sides import Replicated, Side, StateSides, state_sides
from statectl.session import Session
from statectl.talk import require_yes, say
from statectl.text import counted, duration, moment, number
from store.store import Store

app = new_app(help="See how far the second region is behind, and bring over what it lacks.", no_args_is_help=True)

PrefixOption = Annotated[str, typer.Option("--prefix", help="Only states whose key starts so.")]
BAD = {Replicated.FAILED, Replicated.NEVER, Replicated.DIVERGED}
"""What does not come right by itself, beside what is on its way for too long."""


def _side(side: Side | None) -> str:
    if side is None:
        return ""
    return f"({side.problem})" if side.serial is None else str(side.serial)


def _remarks(row: StateSides) -> str:
    if row.deleted is not None:
        return f"deleted in the {'first' if row.first is None else 'second'} region {moment(row.deleted)}"
    return "another lineage" if _lineages_differ(row) else ""


def _lineages_differ(row: StateSides) -> bool:
    if row.first is None or row.second is None or row.first.serial is None or row.second.serial is None:
        return False
    return row.first.lineage != row.second.lineage


COLUMNS: dict[str, Callable[[StateSides], str]] = {
    "state": lambda row: row.key,
    "status": lambda row: row.status or "unknown",
    "first": lambda row: _side(row.first),
    "second": lambda row: _side(row.second),
    "behind": lambda row: number(row.serials_behind),
    "for": lambda row: "" if not row.seconds_behind else duration(timedelta(seconds=row.seconds_behind)),
    "written": lambda row: moment(row.first.modified) if row.first else "",
    "remarks": _remarks,
}


@app.command("status")
@on_backend
def status(
    session: Session,
    *,
    state: Annotated[
        str | None,
        typer.Argument(metavar="[STATE]", help="<environment>/<service>, or a whole key [default: all]."),
    ] = None,
    workspace: WorkspaceOption = "default",
    prefix: PrefixOption = "",
    behind: Annotated[bool, typer.Option("--behind", help="Only states that are not replicated.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how far each state has come into the second region: its serial on both sides, and how long it waits.

    Ends with 3 where one failed, was never replicated, has diverged, or has been on its way for over 15 minutes.
    """
    second = _second(session)
    keys = [session.backend.state_key(state, workspace)] if state is not None else []
    _refuse_both(keys, prefix)
    first = reached(session.store, (keys or [prefix])[0])
    bad: list[StateSides] = []

    def noted() -> Iterator[StateSides]:
        for row in watched(_sides(session, first, second, keys, prefix), "states", prints_rows=True):
            if row.status in BAD or is_stuck(row):
                bad.append(row)
            if not behind or row.status is not Replicated.REPLICATED:
                yield row

    if print_rows(noted(), COLUMNS, as_json=as_json) == 0:
        say("Every state is replicated." if behind and not keys else "There is no such state.")
    if first is None:
        say("What the first region has is not known; the rows show the second alone.")
    if bad:
        say(f"Not in order: {len(bad)}, of which the first is {bad[0].key}. Next: {_next_step(bad)}.")
        raise typer.Exit(ExitCode.FOUND)


@app.command("backfill")
@on_backend
def backfill(
    session: Session,
    *,
    states: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STATE]...", help="<environment>/<service>, or a whole key [default: all]."),
    ] = None,
    workspace: WorkspaceOption = "default",
    prefix: PrefixOption = "",
    by_copy: Annotated[
        bool, typer.Option("--by-copy", help="Copy object by object, without a job of S3 Batch Replication.")
    ] = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Bring over what was never or wrongly replicated: by a job of S3 Batch Replication, or object by object.

    Nothing newer in the second region is replaced, and what is replaced stays there as a version. Run it again
    after it was stopped: it goes on. Ends with 3 where something is left that does not come by itself.
    """
    second = _second(session)
    keys = [session.backend.state_key(name, workspace) for name in states or ()]
    _refuse_both(keys, prefix)
    prefixes = sorted(set(keys)) or ([prefix] if prefix else [])
    found = backlog(watched(_sides(session, session.store, second, keys, prefix), "states"))
    for left in found.left:
        say(f"Left: {left.key} {left.why}{f'. Next: {left.next_step}' if left.next_step else ''}.")
    work = Backfilling(session.backend, session.store, second, prefixes=prefixes, by_copy=by_copy)
    if not found.states:
        say("There is nothing to bring over.")
    elif dry_run:
        say(f"Would bring over {counted(len(found.states), 'state')}, {work.way(found)}.")
        print_rows(found.states, COLUMNS, as_json=False)
    else:
        session.say_who_acts()
        say(f"To bring over: {counted(len(found.states), 'state')}, {work.way(found)}.")
        where = f"{second.location.bucket} in {second.location.region}"
        require_yes(f"Bring {counted(len(found.states), 'state')} over to {where}?", yes=yes)
        _end(_tell(work.run(found), len(found.states)))
    if found.problems:
        raise typer.Exit(ExitCode.FOUND)


def _tell(brought: Iterable[Brought], total: int) -> dict[Outcome, int]:
    """Print what became of each state; how often each happened."""
    counts = dict.fromkeys(Outcome, 0)

    def noted() -> Iterator[Brought]:
        for one in watched(brought, "states", total, prints_rows=True):
            counts[one.outcome] += 1
            yield one

    columns: dict[str, Callable[[Brought], str]] = {
        "state": lambda one: one.key,
        "was": lambda one: one.was or "unknown",
        "serial": lambda one: str(one.serial),
        "now": lambda one: one.outcome,
    }
    print_rows(noted(), columns, as_json=False)
    return counts


def _end(counts: dict[Outcome, int]) -> None:
    if counts[Outcome.LOCKED] or counts[Outcome.CHANGED]:
        say("Not all are there. Next: see who is at work (`statectl locks ls`), then run the same command again.")
        raise typer.Exit(ExitCode.LOCKED)
    if counts[Outcome.MISSED]:
        say("S3's job missed some. Next: run the same command with --by-copy.")
        raise typer.Exit(ExitCode.FOUND)


def _second(session: Session) -> Store:
    if session.replica is None:
        backend = session.backend
        raise RefusalError(
            f"{backend.source} tells of no second region",
            next_step="set replicaRegion and run pulumi up"
            if backend.settings is not None
            else "name the stack with --stack, whose outputs and file tell of it",
            code=ExitCode.USAGE,
        )
    return session.replica


def _refuse_both(keys: list[str], prefix: str) -> None:
    if keys and prefix:
        raise RefusalError(
            "states are named, and a prefix too", next_step="use one of the two", code=ExitCode.USAGE
        )


def _sides(
    session: Session, first: Store | None, second: Store, keys: list[str], prefix: str
) -> Iterator[StateSides]:
    """Every state that is asked for."""
    if not keys:
        return state_sides(session.backend, first, second, prefix)
    return chain.from_iterable(_named(session, first, second, key) for key in dict.fromkeys(keys))


def _named(session: Session, first: Store | None, second: Store, key: str) -> Iterator[StateSides]:
    """One state, as the listing of what starts with its key has it."""
    found = next((row for row in state_sides(session.backend, first, second, key) if row.key == key), None)
    if found is None:
        say(f"There is no state at {key} in either region.")
    else:
        yield found


def _next_step(bad: list[StateSides]) -> str:
    if all(row.status is Replicated.DIVERGED for row in bad):
        return "compare the two with `statectl versions ls`, once for each bucket, and restore the right one"
    return "statectl replication backfill"

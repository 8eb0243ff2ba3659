"""What ``failover`` and ``failback`` have in common on the command line: a plan, and a run that is asked about."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from blueprint.guard import trusted
from settings.arns import kind_in, role_of
from statectl.exit_code import ExitCode
from statectl.failover.halves import Half, halves, is_reachable
from statectl.failover.inventory import base_key
from statectl.failover.moving import MoveOfState, Outcome
from statectl.failover.next_steps import print_next_steps
from statectl.failover.planning import Forecast, Verdict, forecasts
from statectl.failover.record import Direction, Run
from statectl.failover.record_keeper import RecordKeeper, under_way
from statectl.failover.relocation import Relocation, Wishes
from statectl.output import print_rows
from statectl.own_lock import this_person
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import require_yes, say
from statectl.text import counted, number
from statectl.writers import TRAIL_LOOKED_BACK, writers


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run is asked for.

    :param states: the states, as they are named on the command line; none for all.
    :param source_lost: whether the region that they leave is taken for gone without asking it.
    :param wishes: what else.
    :param directory: where the backend files go.
    :param resume: the id of an interrupted run that goes on.
    """

    states: Sequence[str]
    source_lost: bool
    wishes: Wishes
    directory: Path | None
    resume: str | None


FORECAST_COLUMNS: Mapping[str, Callable[[Forecast], str]] = {
    "state": lambda row: row.key,
    "verdict": lambda row: row.verdict.value,
    "serial": lambda row: number(row.serial),
    "behind": lambda row: number(row.behind),
    "remarks": lambda row: row.detail,
}
MOVE_COLUMNS: Mapping[str, Callable[[MoveOfState], str]] = {
    "state": lambda row: row.key,
    "outcome": lambda row: row.outcome.value,
    "serial": lambda row: number(row.serial),
    "behind": lambda row: number(row.behind),
    "broke": lambda row: ", ".join(row.broke),
    "remarks": lambda row: row.detail,
}


def plan(
    session: Session, direction: Direction, states: Sequence[str], *, lost: bool, by: bool, as_json: bool
) -> None:
    """Print what would become of each state; ends with 3 where one would stay.

    :param lost: whether the region that they leave is taken for gone without asking it.
    :param by: whether the audit trail is asked who wrote last.
    """
    both = halves(session)
    source = both.of(direction.target.other)
    record = RecordKeeper(both.second.store.bucket).load()
    reachable = _can_be_asked(source, direction, lost=lost)
    written_by = writers(session, None, datetime.now(UTC) - TRAIL_LOOKED_BACK) if by else {}
    stay: Counter[str] = Counter()
    if not reachable:
        say(f"{source.region} cannot be reached: what is newest there is not known.")

    def noted() -> Iterator[Forecast]:
        run = new_run(session, direction, states)
        rows = forecasts(session.backend, both, record, run, reachable=reachable, written_by=written_by)
        for row in watched(rows, "states", prints_rows=True):
            if row.verdict.stays:
                stay[row.verdict.value] += 1
            yield row

    columns = {**FORECAST_COLUMNS, "by": lambda row: row.by or ""} if by else FORECAST_COLUMNS
    if print_rows(noted(), columns, as_json=as_json) == 0:
        say(f"Nothing is there that a {direction} could move.")
    if record.run is not None:
        say(str(under_way(record.run)))
    if stay:
        told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(stay.items()))
        say(f"Would stay where they are: {told}. {_way_on(stay)}")
        raise typer.Exit(ExitCode.FOUND)


def start(
    session: Session, direction: Direction, asked: Asked, *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Move states, and print what became of each.

    Ends with 4 where locks alone kept some from moving, with 3 where anything else did.
    """
    both = halves(session)
    source, target = both.of(direction.target.other), both.of(direction.target)
    keeper = RecordKeeper(both.second.store.bucket)
    record = keeper.load()
    if dry_run:
        plan(session, direction, asked.states, lost=asked.source_lost, by=False, as_json=as_json)
        return
    arn = session.say_who_acts()
    run = _resumed(record.run, direction, asked) if asked.resume else new_run(session, direction, asked.states)
    if record.run is not None and record.run.id != run.id:
        raise under_way(record.run)
    reachable = _can_be_asked(source, direction, lost=asked.source_lost)
    which = "every state" if run.keys is None else counted(len(run.keys), "state")
    blind = "" if reachable else f" {source.region} is not asked: work that never arrived is left behind."
    require_yes(f"Move the writing of {which} from {source.region} to {target.region}?{blind}", yes=yes)
    relocation = Relocation(session.backend, both, keeper, run, asked.wishes, reachable=reachable)
    try:
        done = relocation.carry_out(exempt=exempt(session, arn))
    except KeyboardInterrupt:
        raise RefusalError(
            f"stopped; until it goes on, nobody writes what it is about ({run.direction} {run.id})",
            next_step=f"statectl {direction} start --resume {run.id}",
        ) from None
    print_rows(done, MOVE_COLUMNS, as_json=as_json)
    moved = [one.key for one in done if one.outcome.moved]
    print_next_steps(session, direction, moved, asked.directory)
    _end(done)


def _end(done: Sequence[MoveOfState]) -> None:
    stay = Counter(one.outcome.value for one in done if not one.outcome.moved)
    if not stay:
        return
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(stay.items()))
    say(f"Stayed where they are: {told}. {_way_on(stay)}")
    raise typer.Exit(ExitCode.LOCKED if set(stay) == {Outcome.LOCKED.value} else ExitCode.FOUND)


def _way_on(stay: Mapping[str, int]) -> str:
    ways = {
        Verdict.LOCKED.value: "Wait for who holds the lock, or --break-locks once they are gone.",
        Verdict.UNREADABLE.value: "See statectl recover.",
        Verdict.DIVERGED.value: "--discard-unreplicated goes on without that work, which stays as a version.",
        Outcome.FAILED.value: "Run it again for those that failed.",
    }
    return " ".join(way for kind, way in ways.items() if kind in stay)


def _can_be_asked(source: Half, direction: Direction, *, lost: bool) -> bool:
    """Whether the region that states leave answers; a failback needs both."""
    if lost:
        return False
    answers = is_reachable(source)
    if not answers and direction is Direction.BACK:
        raise RefusalError(f"{source.region} cannot be reached", next_step="wait: what is newest is there")
    return answers


def new_run(session: Session, direction: Direction, states: Sequence[str]) -> Run:
    """A run that begins now, about these states as they are named on the command line, or about all."""
    backend = session.backend
    keys = tuple(sorted({base_key(backend, backend.state_key(state)) for state in states})) or None
    return Run(
        id=str(uuid.uuid4()),
        direction=direction,
        by=session.clients.caller.arn,
        host=this_person(),
        since=datetime.now(UTC).replace(microsecond=0),
        keys=keys,
        attempt=str(uuid.uuid4()),
    )


def _resumed(interrupted: Run | None, direction: Direction, asked: Asked) -> Run:
    """The run that was interrupted, by a process that takes over."""
    if interrupted is None or interrupted.id != asked.resume or interrupted.direction is not direction:
        raise RefusalError(
            f"no {direction} {asked.resume} is under way",
            next_step="see `statectl failover status`",
            code=ExitCode.USAGE,
        )
    if asked.states:
        raise RefusalError(
            "--resume goes on with the states of the interrupted run", next_step="name none", code=ExitCode.USAGE
        )
    return replace(interrupted, attempt=str(uuid.uuid4()))


def exempt(session: Session, arn: str) -> tuple[str, ...]:
    """Who may write in both regions meanwhile: whoever acts, where the stack names no administrators.

    :param arn: who acts.
    """
    return () if trusted(session.backend.promised()) else _as_principal(arn)


def _as_principal(arn: str) -> tuple[str, ...]:
    """Who acts as a policy names it: a session's role, whatever its path."""
    if kind_in(arn) != "assumed-role":
        return (arn,)
    role = role_of(arn)
    return role, role.replace(":role/", ":role/*/")

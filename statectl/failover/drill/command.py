"""``statectl failover drill`` on the command line."""

import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from statectl.exit_code import ExitCode
from statectl.failover.drill.cleaning import Cleaner, left_in
from statectl.failover.drill.drill import Drill, Plan
from statectl.failover.drill.journey import Journey
from statectl.failover.drill.report import DrilledState, DrillReport
from statectl.failover.drill.scratch import FOLDER
from statectl.failover.drill.terraform import find_terraform
from statectl.failover.halves import Halves, halves, is_reachable
from statectl.failover.record_keeper import RecordKeeper, under_way
from statectl.output import print_one, print_rows
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import require_yes, say
from statectl.text import counted, duration, number, parse_duration

WRITES_FOR = timedelta(seconds=10)
MOST_STATES = 20
"""Each is written by a Terraform of its own, all at the same time."""

StatesOption = Annotated[
    int, typer.Option("--states", min=1, max=MOST_STATES, help="How many scratch states are written at once.")
]
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", help="What the moment of the cut is chosen by [default: another each time]."),
]
WritesForOption = Annotated[
    timedelta | None,
    typer.Option(
        "--writes-for",
        parser=parse_duration,
        metavar="DURATION",
        help="The cut comes at a random moment within this, once each state was written "
        f"[default: {duration(WRITES_FOR)}].",
    ),
]
TerraformOption = Annotated[
    str,
    typer.Option("--terraform", envvar="STATECTL_TERRAFORM", metavar="COMMAND", help="What starts Terraform."),
]
ExtraOption = Annotated[
    Path | None,
    typer.Option(
        "--backend-extra",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        resolve_path=True,
        help="More arguments that Terraform's backend needs here, such as the endpoints of a VPC.",
    ),
]
CleanOption = Annotated[
    bool, typer.Option("--clean", help="Drill nothing: clean up after a drill that was killed.")
]

COLUMNS: Mapping[str, Callable[[DrilledState], str]] = {
    "state": lambda row: row.key,
    "acknowledged": lambda row: number(row.acknowledged),
    "found": lambda row: number(row.found),
    "lost": lambda row: number(row.lost),
    "there": lambda row: number(row.there),
    "stale writer": lambda row: _word(row.refused, "refused", "got through"),
    "back": lambda row: number(row.back),
    "plan": lambda row: _word(row.clean, "clean", "not clean"),
    "lost work": lambda row: ", ".join(row.lost_work),
}


def drill(
    session: Session,
    *,
    states: int,
    seed: int | None,
    writes_for: timedelta | None,
    terraform: str,
    extra: Path | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Carry out a drill, and print what it found; ends with 3 where that is not in order."""
    both = halves(session)
    _refuse_unless_at_home(both)
    plan = Plan(
        id=str(uuid.uuid4()),
        count=states,
        seed=secrets.randbelow(1_000_000) if seed is None else seed,
        seconds=(WRITES_FOR if writes_for is None else writes_for).total_seconds(),
        terraform=find_terraform(terraform),
        extra=extra,
    )
    if dry_run:
        _print(_planned(both, plan), as_json=as_json)
        for step in _steps(both, plan):
            say(step)
        return
    arn = session.say_who_acts()
    if not is_reachable(both.first):
        raise RefusalError(
            f"{both.first.region} cannot be reached: this is no drill", next_step="statectl failover plan"
        )
    what = counted(states, "scratch state")
    require_yes(f"Write {what} into {_buckets(both)}, move them over and back, delete them?", yes=yes)
    problems: list[str] = []

    def tell(report: DrillReport) -> None:
        problems.extend(report.problems())
        _print(report, as_json=as_json)
        for problem in problems or ["Nothing was lost, nothing was written twice, and every plan was clean."]:
            say(problem)

    Drill(session, both, plan, arn).carry_out(tell)
    if not RecordKeeper(both.second.store.bucket).load().nothing_moved:
        say("Somebody moved other states meanwhile: see statectl failover status")
    if problems:
        raise typer.Exit(ExitCode.FOUND)


def clean(session: Session, *, dry_run: bool, yes: bool) -> None:
    """Clean up after drills that were killed."""
    both = halves(session)
    arn = session.say_who_acts()
    left = sorted({key for half in (both.first, both.second) for key in left_in(half.store, FOLDER)})
    for key in left:
        say(f"Left of a drill: {key}")
    if dry_run:
        return
    require_yes(f"Delete what is below {FOLDER} in {_buckets(both)}? No drill may be under way", yes=yes)
    Cleaner(both, Journey(session, both, arn)).clear_away(FOLDER)
    say(f"Nothing is below {FOLDER} any more")


def _refuse_unless_at_home(both: Halves) -> None:
    record = RecordKeeper(both.second.store.bucket).load()
    if record.run is not None:
        raise under_way(record.run)
    if not record.nothing_moved:
        raise RefusalError(
            f"{both.second.region} writes states now: this is no time for a drill",
            next_step="see `statectl failover status`; after a failback, or statectl failover drill --clean where "
            "only an earlier drill's are there, run it again",
        )


def _buckets(both: Halves) -> str:
    return f"{both.first.store.location.bucket} and {both.second.store.location.bucket}"


def _steps(both: Halves, plan: Plan) -> list[str]:
    first, second = both.first.region, both.second.region
    return [
        f"Would write {counted(plan.count, 'scratch state')} below {plan.prefix} in {first}, all at once, with "
        f"Terraform {plan.terraform.version}",
        f"Would kill the writers within {duration(timedelta(seconds=plan.seconds))} (seed {plan.seed}), and not "
        f"speak to {first} from then on",
        f"Would fail them over, and apply each in {second}",
        f"Would close {first}, try a writer that still points there, fail back, and plan each",
        f"Would delete them, their locks and digests in {_buckets(both)}; versions stay as long as any",
    ]


def _planned(both: Halves, plan: Plan) -> DrillReport:
    """The report of a drill of which nothing was done."""
    return DrillReport(
        id=plan.id,
        seed=plan.seed,
        first_region=both.first.region,
        second_region=both.second.region,
        client=plan.terraform.version,
        states=tuple(DrilledState(key=key) for key in plan.keys),
    )


def _print(report: DrillReport, *, as_json: bool) -> None:
    if as_json:
        print_one(report, [], as_json=True)
        return
    print_rows(report.states, COLUMNS, as_json=False)
    if report.cut is None:
        return
    times = report.times
    say(f"Lost: {counted(report.lost or 0, 'acknowledged serial')}")
    say(f"Time to write again: {times.write_again} s from the cut ({times.failover} s of it the failover)")
    say(f"Time back: {times.back} s ({times.failback} s until {report.first_region} took writes)")


def _word(value: bool | None, if_so: str, if_not: str) -> str:
    return "" if value is None else (if_so if value else if_not)

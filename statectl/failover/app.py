"""``statectl failover``: the second region takes over from the first."""

import typer

from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.failover import command
from statectl.failover.command import Asked
from statectl.failover.drill.command import (
    CleanOption,
    ExtraOption,
    SeedOption,
    StatesOption,
    TerraformOption,
    WritesForOption,
)
from statectl.failover.drill.command import clean as clean_up
from statectl.failover.drill.command import drill as carry_out
from statectl.failover.halves import halves
from statectl.failover.options import (
    BreakLocksOption,
    ByOption,
    DiscardOption,
    LostOption,
    OutputOption,
    ResumeOption,
    StatesArgument,
)
from statectl.failover.record import Direction
from statectl.failover.record_keeper import RecordKeeper, under_way
from statectl.failover.relocation import Wishes
from statectl.failover.status import WriterRegion, disagreements, writer_regions
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.output import print_rows
from statectl.session import Session
from statectl.talk import say
from statectl.text import moment, number

app = new_app(help="Move the writing of states to the second region, and see where each is written.")


@app.command("plan")
@on_backend
def plan(
    session: Session,
    *,
    states: StatesArgument = None,
    first_lost: LostOption = False,
    by: ByOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show, state by state, what a failover would come to; nothing is changed.

    Ends with 3 where a state would stay in the first region: locked, unreadable, or diverged.
    """
    command.plan(session, Direction.OVER, states or [], lost=first_lost, by=by, as_json=as_json)


@app.command("start")
@on_backend
def start(
    session: Session,
    *,
    states: StatesArgument = None,
    first_lost: LostOption = False,
    break_locks: BreakLocksOption = False,
    discard_unreplicated: DiscardOption = False,
    output: OutputOption = None,
    resume: ResumeOption = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Let the second region write all states, or some, from now on.

    Stops writers in the first region where it can be reached, brings over what the second lacks, lets its lock
    table recognise each state, reads that back, and opens it. Again, it closes the first region where that could
    not be reached before. Ends with 4 where locks kept states from moving, with 3 where anything else did.
    """
    wishes = Wishes(break_locks=break_locks, discard=discard_unreplicated)
    asked = Asked(states=states or [], source_lost=first_lost, wishes=wishes, directory=output, resume=resume)
    command.start(session, Direction.OVER, asked, dry_run=dry_run, yes=yes, as_json=as_json)


COLUMNS = {
    "state": lambda row: row.key,
    "written in": lambda row: row.region,
    "since": lambda row: moment(row.since) if row.since else "",
    "serial then": lambda row: number(row.serial),
    "moved by": lambda row: row.by or "",
    "remarks": lambda row: "was not compared with the first region" if row.compared is False else "",
}


@app.command("status")
@on_backend
def status(session: Session, *, as_json: JsonOption = False) -> None:
    """Show where each state is written, since when, and by whose doing.

    Ends with 3 while a run is under way, or where a region's bucket lets in what it should refuse.
    """
    both = halves(session)
    record = RecordKeeper(both.second.store.bucket).load()
    rows: list[WriterRegion] = list(writer_regions(session.backend, both, record))
    print_rows(rows, COLUMNS, as_json=as_json)
    problems = list(disagreements(both, record))
    if record.run is not None:
        refusal = under_way(record.run)
        problems.append(f"{refusal}. Next: {refusal.next_step}")
    for problem in problems:
        say(problem)
    if not record.frozen:
        say(
            f"{both.first.region} was not reached, and takes writes once it is back: then run failover start again"
        )
    if problems or not record.frozen:
        raise typer.Exit(ExitCode.FOUND)


@app.command("drill")
@on_backend
def drill(
    session: Session,
    *,
    states: StatesOption = 3,
    seed: SeedOption = None,
    writes_for: WritesForOption = None,
    terraform: TerraformOption = "terraform",
    backend_extra: ExtraOption = None,
    clean: CleanOption = False,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Show on scratch states what would be lost were the first region gone now, and how long it takes.

    Real Terraform writes them in the first region until it is killed at a random moment, from when on nothing is
    asked there; then they are failed over, written in the second region, failed back, compared and deleted. Ends
    with 3 where acknowledged work was lost, a writer that still pointed at the first region got through, or a plan
    was not clean.
    """
    if clean:
        clean_up(session, dry_run=dry_run, yes=yes)
        return
    carry_out(
        session,
        states=states,
        seed=seed,
        writes_for=writes_for,
        terraform=terraform,
        extra=backend_extra,
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )

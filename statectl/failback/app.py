"""``statectl failback``: the same way home."""

from statectl.app import new_app
from statectl.failover import command
from statectl.failover.command import Asked
from statectl.failover.options import (
    BreakLocksOption,
    ByOption,
    DiscardOption,
    OutputOption,
    ResumeOption,
    StatesArgument,
)
from statectl.failover.record import Direction
from statectl.failover.relocation import Wishes
from statectl.options import DryRunOption, JsonOption, YesOption, on_backend
from statectl.session import Session

app = new_app(help="Move the writing of states back to the first region.")


@app.command("plan")
@on_backend
def plan(
    session: Session,
    *,
    states: StatesArgument = None,
    by: ByOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show, state by state, what a failback would come to; nothing is changed.

    Ends with 3 where a state would stay in the second region: locked, unreadable, or diverged.
    """
    command.plan(session, Direction.BACK, states or [], lost=False, by=by, as_json=as_json)


@app.command("start")
@on_backend
def start(
    session: Session,
    *,
    states: StatesArgument = None,
    break_locks: BreakLocksOption = False,
    discard_unreplicated: DiscardOption = False,
    output: OutputOption = None,
    resume: ResumeOption = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Let the first region write again what was failed over.

    Stops writers in the second region, brings home what the first lacks, lets its lock table recognise each state,
    reads that back, and opens it. Ends with 4 where locks kept states from moving, with 3 where anything else did.
    """
    wishes = Wishes(break_locks=break_locks, discard=discard_unreplicated)
    asked = Asked(states=states or [], source_lost=False, wishes=wishes, directory=output, resume=resume)
    command.start(session, Direction.BACK, asked, dry_run=dry_run, yes=yes, as_json=as_json)

"""The options that ``failover`` and ``failback`` share."""

from pathlib import Path
from typing import Annotated

import typer

StatesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[STATE]...", help="<environment>/<service>, or whole keys [default: all]."),
]
LostOption = Annotated[
    bool, typer.Option("--first-lost", help="Take the first region for gone, and do not wait for it.")
]
ByOption = Annotated[bool, typer.Option("--by", help="Ask the audit trail who wrote each last.")]
BreakLocksOption = Annotated[
    bool, typer.Option("--break-locks", help="Break locks that are held on what is moved; each is named.")
]
DiscardOption = Annotated[
    bool,
    typer.Option(
        "--discard-unreplicated",
        help="Go on where the region that is moved to has work that the other never had; it stays as a version.",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Write each team's backend.hcl below DIR."),
]
ResumeOption = Annotated[
    str | None,
    typer.Option("--resume", metavar="RUN", help="Go on with the interrupted run of this ID."),
]

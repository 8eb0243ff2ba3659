"""The options that name another backend to move to, and whose credentials act there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from statectl.exit_code import ExitCode
from statectl.find import Wanted
from statectl.refusal import RefusalError
from statectl.session import Session

ToStack = Annotated[str | None, typer.Option("--to-stack", help="Move to the backend of this Pulumi stack.")]
ToProject = Annotated[
    Path | None, typer.Option("--to-project", help="The folder of its Pulumi.yaml [default: --project].")
]
ToBucket = Annotated[str | None, typer.Option("--to-bucket", help="Move to this bucket.")]
ToRegion = Annotated[str | None, typer.Option("--to-region", help="The region of --to-bucket.")]
ToTable = Annotated[str | None, typer.Option("--to-table", help="The lock table of --to-bucket, if any.")]
ToProfile = Annotated[
    str | None, typer.Option("--to-profile", help="The AWS profile for the other backend [default: the same].")
]


@dataclass(frozen=True, kw_only=True)
class Destination:
    """What the options say; nothing of it where states stay in their backend."""

    stack: str | None
    project: Path | None
    bucket: str | None
    region: str | None
    table: str | None
    profile: str | None

    @property
    def is_elsewhere(self) -> bool:
        """Whether another backend is named."""
        return self.stack is not None or self.bucket is not None

    def session(self, session: Session) -> Session:
        """Who acts on the backend that states go to; both are said before anything is written.

        :raises statectl.refusal.RefusalError: where the options do not name a backend.
        """
        if not self.is_elsewhere:
            if self.project or self.region or self.table or self.profile:
                raise RefusalError(
                    "the other backend is not named",
                    next_step="name it with --to-stack, or with --to-bucket and --to-region",
                    code=ExitCode.USAGE,
                )
            session.say_who_acts()
            return session
        wanted = Wanted(
            stack=self.stack,
            project=self.project or session.wanted.project,
            backend_config=None,
            bucket=self.bucket,
            region=self.region,
            table=self.table,
            lock=None,
        )
        there = Session(wanted, self.profile or session.profile)
        session.say_who_acts()
        there.say_who_acts()
        return there

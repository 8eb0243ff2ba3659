"""The commands by their nouns; a noun's own module is loaded when it is called, so that help comes at once."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

NOUNS = {
    "states": "List and show states: size, serial, lineage, lock, replication.",
    "locks": "See who holds which lock, and break one safely.",
    "versions": "List, compare and restore the versions of a state.",
    "recover": "Find the newest good version of a deleted or corrupt state, and restore it.",
    "replication": "See how far the second region is behind, and bring over what it lacks.",
    "failover": "Move the writing of states to the second region, and see where each is written.",
    "failback": "Move the writing of states back to the first region.",
    "bootstrap": "Bring a stack up, and move Pulumi's own state into the bucket that it makes; or out again.",
    "adopt": "Find a backend that somebody else made, and plan how pulumi up adopts it.",
    "move": "Move states and their locks to where they should be, under lock.",
    "doctor": "Compare the live account with what the stack promises.",
    "access": "Ask whether a role may read, write and lock a state, and which statement decides.",
    "backend": "Show and write Terraform's backend configuration.",
    "retire": "Take a backend away for good, and leave nothing behind but an export.",
    "cost": "Estimate what the backend costs a month, and what drives it.",
}


class Nouns(TyperGroup):
    """The root: its commands are known by name, and loaded one at a time."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help."""
        return list(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The noun of that name."""
        if cmd_name not in NOUNS:
            return None
        made = typer.main.get_command(import_module(f"statectl.{cmd_name}.app").app)
        made.name = cmd_name
        return made

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in the help, from the names alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))


def new_app(**settings: Any) -> typer.Typer:
    """A Typer that prints plain help and leaves errors to :mod:`statectl.__main__`."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


app = new_app(cls=Nouns, no_args_is_help=True)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 (only where it is asked for)

        typer.echo(f"statectl {version('state-backend')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Look after Terraform's state: locks, versions, restore, recovery, doctor.

    Data go to standard output, talk to standard error. Exit codes: 0 fine, 1 failed, 2 wrong usage,
    3 found problems, 4 locked, 5 denied.
    """


def run(arguments: Sequence[str] | None) -> None:
    """Run a command; ends with :class:`SystemExit`."""
    app(args=list(arguments) if arguments is not None else None, prog_name="statectl")

"""Everything that is said and not asked for: on standard error, so that data can be piped."""

import sys

from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.text import printable


def say(line: str) -> None:
    """A line for whoever is watching."""
    print(printable(line), file=sys.stderr, flush=True)


def complain(what: str, next_step: str) -> None:
    """Why a command ended, and what to do."""
    stop = "" if what.endswith((".", "?", "!")) else "."
    say(f"statectl: {what}{f'{stop} Next: {next_step}.' if next_step else stop}")


def require_yes(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be taken back.

    :param yes: whether ``--yes`` was given.
    :raises statectl.refusal.RefusalError: where the answer is no, or nobody is there to ask.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise RefusalError(
            f"{question} Nobody is there to say yes",
            next_step="look with --dry-run, then say --yes",
            code=ExitCode.USAGE,
        )
    print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise RefusalError("nothing was changed")

"""The commands that move states and their locks."""

from statectl.app import new_app
from statectl.move.lock_command import lock

app = new_app(help="Move states and their locks to where they should be, under lock.", no_args_is_help=True)


# A Typer with one command and no callback takes that command for itself.
@app.callback()
def root() -> None:
    """Move states and their locks to where they should be, under lock."""


app.command("lock")(lock)

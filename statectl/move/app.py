"""The commands that move states and their locks."""

from statectl.app import new_app
from statectl.move.key_command import key
from statectl.move.local_command import local
from statectl.move.lock_command import lock
from statectl.move.release_command import release
from statectl.move.workspace_command import workspace

app = new_app(help="Move states and their locks to where they should be, under lock.", no_args_is_help=True)


# A Typer with one command and no callback takes that command for itself.
@app.callback()
def root() -> None:
    """Move states and their locks to where they should be, under lock."""


app.command("local")(local)
app.command("key")(key)
app.command("workspace")(workspace)
app.command("release")(release)
app.command("lock")(lock)

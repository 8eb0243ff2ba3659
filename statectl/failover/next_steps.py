"""What everybody has to do after a move: the backend files of the other region, and how teams take them up."""

from pathlib import Path

from blueprint.access import grants
from blueprint.backend_files import backend_files
from blueprint.backend_forms import Form
from settings.state_keys import state_key
from statectl.backend.configs import Wish, wanted_configs
from statectl.backend.writing import write_files
from statectl.failover.inventory import base_key
from statectl.failover.record import Direction
from statectl.session import Session
from statectl.talk import say


def print_next_steps(session: Session, direction: Direction, moved: list[str], directory: Path | None) -> None:
    """Write ``backend.hcl`` for what moved, and say the command that each team needs.

    :param moved: the keys of what moved.
    :param directory: where the files go: one folder for each access entry, or the states' own folders where there
        are none; ``None`` to write no file.
    """
    bases = {base_key(session.backend, key) for key in moved}
    if not bases:
        return
    if directory is None:
        replica = " --replica" if direction is Direction.OVER else ""
        say(f"Next, for each team: statectl backend write DIR{replica}, then terraform init -reconfigure")
        return
    entries = [grant.name for grant in grants(session.backend.promised()) if grant.states]
    say("Next, for each team, where its configuration is:")
    for entry in entries or [""]:
        below = directory / entry
        wish = Wish(state=None, entry=entry or None, replica=direction is Direction.OVER)
        configs = {
            state: arguments
            for state, arguments in wanted_configs(session, wish).items()
            if state_key(state) in bases
        }
        for file in write_files(backend_files(configs, [Form.HCL]), below, dry_run=False):
            say(f"  terraform init -reconfigure -backend-config={file.path}")

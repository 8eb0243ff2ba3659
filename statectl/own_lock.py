"""What a lock that ``statectl`` itself takes says of its holder."""

import getpass
import socket
import uuid
from datetime import UTC, datetime
from importlib.metadata import version

from statefile.keys import lock_id
from statefile.lock import LockInfo


def own_lock(bucket: str, key: str, *, operation: str, info: str, resumed: str | None = None) -> LockInfo:
    """A lock of whoever runs this command, on this computer, from now.

    :param operation: what it is taken for, such as ``statectl versions restore``.
    :param info: what else there is to say to whoever meets it.
    :param resumed: the ID of a lock that is held already; ``None`` for a new one.
    """
    return LockInfo(
        id=resumed or str(uuid.uuid4()),
        operation=operation,
        info=info,
        who=this_person(),
        version=f"statectl {version('state-backend')}",
        created=datetime.now(UTC),
        path=lock_id(bucket, key),
    )


def this_person() -> str:
    """Whoever runs this command: ``<user>@<host>``."""
    return f"{_user()}@{socket.gethostname()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container can run as a number that has no name.
        return "unknown"

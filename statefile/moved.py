"""What stays in the place that a state left: whoever still comes there is refused, and reads where it went.

Terraform takes an absent state for an empty one, and would create everything once more. So nothing is taken away:
in a bucket the state stays under a lock that nobody frees, and on a disk a note takes its place that no version of
Terraform or OpenTofu reads as a state. Both print what the lock or the note says: the Info of the lock that they
cannot have, and the version that the note claims to be written by.
"""

import json

from statefile.lock import LockInfo

MOVED = "statectl moved this state"
"""What the lock says that it is for."""
_WHERE = "statectl_moved_to"


def is_moved(info: LockInfo | None) -> bool:
    """Whether a lock is held by nobody at work, and only tells where the state went."""
    return info is not None and info.operation == MOVED


def render_note(where: str, told: str) -> bytes:
    """What a local ``terraform.tfstate`` holds once its state moved.

    :param where: the URL that it moved to.
    :param told: what Terraform prints.
    """
    fields = {
        "version": 4,
        # Terraform refuses what is no version, with or without a lock, and prints it.
        "terraform_version": told,
        "serial": 0,
        "lineage": "",
        "outputs": {},
        "resources": [],
        _WHERE: where,
    }
    return (json.dumps(fields, ensure_ascii=False, indent=2) + "\n").encode()


def note_of(body: bytes) -> str | None:
    """The URL that a note says its state moved to; ``None`` where the bytes are no note."""
    if _WHERE.encode() not in body:
        return None
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    where = read.get(_WHERE) if isinstance(read, dict) else None
    return where if isinstance(where, str) else None

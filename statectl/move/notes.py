"""The locks of a move: what holds both ends meanwhile, and what stays at the source and says where the state went.

Each has the same ID each time the same state moves to the same place, so that an interrupted move goes on.
"""

import uuid

from statectl.own_lock import own_lock, this_person
from statectl.text import moment
from statefile.lock import LockInfo
from statefile.moved import MOVED

WORKING = "statectl move"
"""What the lock says that is held while a state moves."""


def note(bucket: str, key: str, target: str, region: str) -> LockInfo:
    """What stays at the key that a state leaves.

    :param target: the URL that it goes to.
    :param region: the region of that bucket.
    """
    told = (
        f"moved to {target} in {region} by {this_person()}. Do not force-unlock: what is here is old. Put that "
        "bucket, key and region into the backend's configuration and run terraform init -reconfigure"
    )
    return own_lock(bucket, key, operation=MOVED, info=told, resumed=note_id(_url(bucket, key), target))


def working_lock(bucket: str, key: str, source: str, target: str) -> LockInfo:
    """What is held at either end while a state moves, where no note is."""
    told = f"{source} moves to {target}; the same command again goes on where it was interrupted"
    return own_lock(bucket, key, operation=WORKING, info=told, resumed=_id(WORKING, source, target))


def local_note(target: str, region: str, kept: str) -> str:
    """What Terraform prints where a local state was.

    :param kept: the file that holds what was there.
    """
    return (
        f"(moved to {target} in {region}; this file is a note, and the old state is {kept}: configure the s3 "
        "backend, delete this file, run terraform init)"
    )


def note_id(source: str, target: str) -> str:
    """The ID of the note that says that a state went from one URL to another."""
    return _id(MOVED, source, target)


def told_by(info: LockInfo) -> str:
    """What a note says first: where the state went, by whom and since when."""
    return f"{info.info.partition('. Do not')[0]}, {moment(info.created)}"


def _url(bucket: str, key: str) -> str:
    return f"s3://{bucket}/{key}"


def _id(operation: str, source: str, target: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{operation}/{source}/{target}"))

"""Files that nobody else may read, and of which nobody ever sees a half."""

import contextlib
import os
from pathlib import Path

from statectl.refusal import RefusalError

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def write_private(path: Path, content: bytes) -> None:
    """Write a file and see it onto the disk, in folders that are made where they are missing.

    :raises statectl.refusal.RefusalError: where the system does not let it; what was there stays.
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        write_whole(path, content, FILE_MODE)
    except OSError as error:
        raise RefusalError(
            f"{error.filename or path}: {error.strerror}", next_step="make room there, or name another folder"
        ) from error


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """All of it, on the disk, in the place of what was there, or nothing.

    :raises OSError: where the system does not let it.
    """
    aside = path.with_name(f".{path.name[:200]}.{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "wb") as file:
            # A file of this name that a killed run left behind keeps its own mode otherwise.
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()


def make_private_folder(path: Path) -> None:
    """A folder that nobody else may look into; one that is there is made such.

    :raises statectl.refusal.RefusalError: where the system does not let it.
    """
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        path.chmod(FOLDER_MODE)
    except OSError as error:
        raise RefusalError(f"{error.filename or path}: {error.strerror}", next_step="name a folder") from error

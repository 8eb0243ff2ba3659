"""Writes files of which nobody ever sees a half, and leaves alone those that are as they should be."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from blueprint.backend_files import BackendFile
from blueprint.backend_forms import Form
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError


class Change(StrEnum):
    """What becomes of a file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenFile:
    """A file of one state.

    :param path: where it is.
    :param state: ``<environment>/<service>``.
    :param form: ``hcl``, ``tf``, ``json``, ``terragrunt`` or ``remote-state``.
    :param change: ``new``, ``changed``, or ``unchanged``: then it was not touched.
    """

    path: str
    state: str
    form: Form
    change: Change


def write_files(files: Iterable[BackendFile], directory: Path, *, dry_run: bool) -> Iterator[WrittenFile]:
    """Write each file below the directory, in the folder of its state.

    :param dry_run: only compare.
    :raises statectl.refusal.RefusalError: where a state's name leads out of the directory, or a file cannot be
        read or written; those before it are written.
    """
    for file in files:
        path = _below(directory, file)
        text = file.text.encode()
        try:
            change = _change(path, text)
            if change is not Change.UNCHANGED and not dry_run:
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, text)
        except OSError as error:
            raise RefusalError(f"{error.filename or path}: {error.strerror}") from error
        yield WrittenFile(path=str(path), state=file.state, form=file.form, change=change)


def _below(directory: Path, file: BackendFile) -> Path:
    parts = file.state.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\0" in file.state:
        raise RefusalError(
            f'the files of "{file.state}" have no place below {directory}',
            next_step="take the text from `statectl backend show`",
            code=ExitCode.USAGE,
        )
    return directory / file.path


def _change(path: Path, text: bytes) -> Change:
    try:
        return Change.UNCHANGED if path.read_bytes() == text else Change.CHANGED
    except FileNotFoundError:
        return Change.NEW


def replace_file(path: Path, text: bytes) -> None:
    """Put the text there at once; whoever is interrupted leaves the old file, or none."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise

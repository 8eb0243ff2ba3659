"""A local state file, locked as Terraform's local backend locks it, and what is left in its place.

Terraform locks the whole file with ``fcntl`` and writes who it is into ``.<name>.lock.info`` beside it. The lock
ends with its process; the file beside it stays where that was killed.
Source: https://developer.hashicorp.com/terraform/language/backend/local

What a client does that does not know of the move: an absent file is an empty state to it, and it would create
everything once more; an old state it would change, and both would live on. So the old state is kept under another
name, and a note takes its place in one step, which every command refuses to read and prints
(:mod:`statefile.moved`). ``terraform init`` with the new backend refuses it too, since it offers to copy what it
finds; whoever writes the new configuration deletes the note.
"""

import contextlib
import fcntl
import os
import stat
from pathlib import Path

from statectl.failover.own_locks import locked_by
from statectl.move.notes import local_note
from statectl.move.outcome import RefusedError
from statectl.private_file import FILE_MODE, write_whole
from statefile.lock import LockInfo, render_lock
from statefile.moved import note_of, render_note
from store.failures import LockedError
from store.held import Held, LockKind

STATE_FILE = "terraform.tfstate"
"""The name that Terraform gives it."""
KEPT_SUFFIX = ".moved-to-s3"
"""Behind the name of a state file that moved: what it held."""


class LocalFile:
    """One state file, for one move.

    Its lock ends when any handle on it is closed by this process, so that there is only one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None
        self._info: bytes | None = None

    @property
    def url(self) -> str:
        """Its name, from the root on, by which an interrupted move is known."""
        return str(self.path.absolute())

    @property
    def kept(self) -> Path:
        """What it held, once it moved."""
        return self.path.with_name(self.path.name + KEPT_SUFFIX)

    @property
    def lock_info(self) -> Path:
        """Who holds its lock, as Terraform writes it."""
        return self.path.with_name(f".{self.path.name}.lock.info")

    def read(self) -> bytes:
        """What it holds."""
        if self._handle is None:
            return self.path.read_bytes()
        with os.fdopen(self._handle, "rb", closefd=False) as file:
            file.seek(0)
            return file.read()

    def moved_to(self) -> str | None:
        """Where the note in it says that its state went; ``None`` where it holds none."""
        return note_of(self.read())

    def others(self, own: frozenset[str]) -> LockedError | None:
        """Who holds its lock, where that is none of these IDs, as far as the file beside it tells."""
        info = self._who()
        return self._refusal(info) if info is not None and info.id not in own else None

    def hold(self, lock: LockInfo) -> None:
        """Lock it.

        :raises store.failures.LockedError: where somebody has, or may have.
        """
        other = self.others(frozenset({lock.id}))
        if other is not None:
            raise other
        handle = os.open(self.path, os.O_RDWR)
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            info = self._who()
            if info is None:
                raise LockedError(f"another process has locked {self.path}") from error
            raise self._refusal(info) from error
        self._handle, self._info = handle, render_lock(lock)
        self.lock_info.write_bytes(self._info)

    def leave_note(self, target: str, region: str) -> None:
        """Keep what it held under another name, then put the note in its place, in one step each.

        :raises statectl.move.outcome.RefusedError: where another state has that name already.
        """
        body = self.read()
        if note_of(body) is not None:
            return
        self.refuse_other_kept(body)
        write_whole(self.kept, body, FILE_MODE)
        note = render_note(target, local_note(target, region, self.kept.name))
        write_whole(self.path, note, stat.S_IMODE(self.path.stat().st_mode))

    def refuse_other_kept(self, body: bytes) -> None:
        """See that nothing but this state has the name that it gets once it moved.

        :raises statectl.move.outcome.RefusedError: where something has.
        """
        if self.kept.exists() and self.kept.read_bytes() != body:
            raise RefusedError(f"{self.kept} holds something else already; move it away")

    def let_go(self) -> None:
        """Free its lock."""
        if self._handle is None:
            return
        with contextlib.suppress(FileNotFoundError):
            if self.lock_info.read_bytes() == self._info:
                self.lock_info.unlink()
        os.close(self._handle)
        self._handle = None

    def _who(self) -> Held | None:
        try:
            text = self.lock_info.read_bytes()
        except FileNotFoundError:
            return None
        return Held(kind=LockKind.LOCKFILE, key=str(self.path), text=text, mark="")

    def _refusal(self, held: Held) -> LockedError:
        return LockedError(f"{locked_by(held)}: {self.lock_info}; where nobody is at work, delete that file")

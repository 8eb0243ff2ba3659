"""Keeps the record of a retirement: in the bucket, and beside the export for when that is gone."""

from pathlib import Path

from statectl.exit_code import ExitCode
from statectl.kept_json import UnreadableJsonError
from statectl.private_file import write_private
from statectl.refusal import RefusalError
from statectl.retire.record import (
    COPY,
    RECORD_KEY,
    Phase,
    Record,
    parse_record,
    render_record,
)
from store.bucket import Bucket
from store.failures import ChangedMeanwhileError


class RecordKeeper:
    """The record of one backend.

    :param bucket: the first region's.
    :param folder: the export's; ``None`` where none is named.
    """

    def __init__(self, bucket: Bucket, folder: Path | None) -> None:
        self._bucket = bucket
        self._copy = folder / COPY if folder else None
        self._etag: str | None = None

    def load(self) -> Record | None:
        """The record; ``None`` where no retirement was begun.

        The copy alone counts only once the deletion has begun: before that the bucket has the record, unless
        somebody called the retirement off.

        :raises statectl.refusal.RefusalError: where what is there is no record.
        """
        content = self._bucket.find(RECORD_KEY)
        self._etag = content.etag if content else None
        copied = self._read_copy()
        if copied is not None and copied.phase.is_past_return:
            return copied
        if content is None:
            return None
        record = self._parsed(content.body, f"{self._bucket.location.bucket}/{RECORD_KEY}")
        if record.phase is Phase.DESTROYING and self._copy is not None:
            # An export of what is left by now would be complete, and hold little.
            raise RefusalError(
                f"{self._bucket.location.bucket} is being deleted, and {self._copy.parent} is not the export that "
                f"this was begun with, by {record.by} ({record.host})",
                next_step="go on with that one",
                code=ExitCode.USAGE,
            )
        return record

    def save(self, record: Record) -> None:
        """Write the record in the place of the one that was loaded.

        :raises statectl.refusal.RefusalError: where somebody else did meanwhile.
        """
        if record.phase is not Phase.RETIRED:
            try:
                self._etag = self._bucket.write(RECORD_KEY, render_record(record), replacing=self._etag).etag
            except ChangedMeanwhileError as error:
                raise RefusalError(
                    "somebody else retires this backend at the same time",
                    next_step="see how far they are: statectl retire --dry-run",
                    code=ExitCode.LOCKED,
                ) from error
        if self._copy is not None:
            write_private(self._copy, render_record(record))

    def forget(self) -> None:
        """Delete the record; a version of it stays for as long as other versions do."""
        if self._etag is not None:
            self._bucket.delete(RECORD_KEY, etag=self._etag)

    def _read_copy(self) -> Record | None:
        if self._copy is None:
            return None
        try:
            copied = self._parsed(self._copy.read_bytes(), str(self._copy))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RefusalError(f"{self._copy}: {error.strerror}", code=ExitCode.USAGE) from error
        return copied if copied.bucket == self._bucket.location.bucket else None

    def _parsed(self, text: bytes, where: str) -> Record:
        try:
            return parse_record(text)
        except UnreadableJsonError as error:
            raise RefusalError(
                f"{where} is no record of a retirement: {error}", next_step="put back an older version of it"
            ) from error

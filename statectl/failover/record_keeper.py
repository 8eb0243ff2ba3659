"""Keeps the record of failovers in the second region's bucket, so that no two runs work at once."""

import json
from datetime import datetime
from typing import Any

from blueprint.standby import RECORD_PREFIX
from statectl.exit_code import ExitCode
from statectl.failover.record import (
    RECORD_KEY,
    Record,
    Run,
    parse_record,
    render_record,
)
from statectl.kept_json import UnreadableJsonError
from statectl.refusal import RefusalError
from statectl.text import moment
from store.bucket import Bucket
from store.failures import ChangedMeanwhileError


class RecordKeeper:
    """The record of one backend.

    :param bucket: the second region's.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._etag: str | None = None

    def load(self) -> Record:
        """The record; one that says that nothing was ever moved where there is none.

        :raises statectl.refusal.RefusalError: where what is there is no record.
        """
        content = self._bucket.find(RECORD_KEY)
        if content is None:
            self._etag = None
            return Record()
        try:
            record = parse_record(content.body)
        except UnreadableJsonError as error:
            raise RefusalError(
                f"{self._bucket.location.bucket}/{RECORD_KEY} is no record of failovers: {error}",
                next_step="put back an older version of the object",
            ) from error
        self._etag = content.etag
        return record

    def claim(self, run: Run) -> Record:
        """Write down that this run is under way; the record as it is now.

        :raises statectl.refusal.RefusalError: where another is.
        """
        record = self.load()
        if record.run is not None and record.run.id != run.id:
            raise under_way(record.run)
        claimed = record.with_run(run)
        try:
            self.save(claimed)
        except ChangedMeanwhileError as error:
            raise RefusalError(
                "somebody else began a failover or failback just now",
                next_step="see `statectl failover status`",
                code=ExitCode.LOCKED,
            ) from error
        return claimed

    def save(self, record: Record) -> None:
        """Write the record in the place of the one that was loaded.

        :raises store.failures.ChangedMeanwhileError: where another process wrote it since.
        """
        self._etag = self._bucket.write(RECORD_KEY, render_record(record), replacing=self._etag).etag

    def report(self, run: Run, now: datetime, content: Any) -> str:
        """Leave a report of what a run did; its key."""
        key = f"{RECORD_PREFIX}runs/{moment(now)}-{run.direction}-{run.id}.json"
        self._bucket.write(
            key, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode(), replacing=None
        )
        return key


def under_way(run: Run) -> RefusalError:
    """Why nothing else can be done meanwhile."""
    return RefusalError(
        f"a {run.direction} of {run.by} ({run.host}) is under way since {moment(run.since)}",
        next_step=f"wait for it; if it was interrupted: statectl {run.direction} start --resume {run.id}",
        code=ExitCode.LOCKED,
    )

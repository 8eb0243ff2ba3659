"""Who may write in a region, as the statements of :mod:`blueprint.standby` in its bucket's policy say."""

import json
from collections.abc import Sequence
from typing import Any

from blueprint.backend import RegionalBackend
from blueprint.policy_document import policy, to_json
from blueprint.standby import AT_HOME, STANDBY_SIDS, Standby, standby_of, standby_statements
from statectl.bucket_statements import set_statements
from statectl.refusal import RefusalError
from store.bucket_policy import read_bucket_policy
from store.store import Store


class Gate:
    """The standby of one region's bucket, read from and written into its live policy, whose rest stays as it is.

    :param trusted: ARNs of administrators and break-glass.
    """

    def __init__(self, store: Store, region: RegionalBackend, trusted: Sequence[str]) -> None:
        self._store = store
        self._location = store.location
        self._s3 = store.clients.s3(store.location.region)
        self._region = region
        self._trusted = trusted

    def read(self) -> Standby:
        """What stands by."""
        return standby_of(
            read_bucket_policy(self._s3, self._location),
            self._region.bucket.arn,
            trusted=self._trusted,
            unsaid=AT_HOME.of(self._region.home),
        )

    def set(self, standby: Standby, *, fenced: Standby | None = None) -> bool:
        """Let stand by what ``standby`` says, and nothing else; whether anything changed.

        :param fenced: what will stand by once a move is over: its replicas are refused already.
        :raises statectl.refusal.RefusalError: where the policy would be longer than AWS takes, before it is
            written; or where it does not say so after it was.
        """
        changed = set_statements(
            self._store,
            STANDBY_SIDS,
            self._statements(standby, fenced),
            purpose="name these states",
            next_step="move all states at once, or fewer",
        )
        if not changed:
            return False
        if not self.read().is_of_the_same_states(standby):
            raise RefusalError(
                f"the policy of {self._location.bucket} does not say what was written: somebody else changes it",
                next_step="see that no pulumi up runs, then go on with --resume",
            )
        return True

    def _statements(self, standby: Standby, fenced: Standby | None) -> list[dict[str, Any]]:
        made = standby_statements(
            self._region.bucket.arn,
            self._region.home,
            standby,
            trusted=self._trusted,
            takes_replicas=self._region.takes_replicas,
            fenced=fenced,
        )
        statements: list[dict[str, Any]] = json.loads(to_json(policy(*made)))["Statement"]
        return statements

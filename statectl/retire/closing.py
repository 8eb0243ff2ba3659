"""Closes a bucket for writers: statements with fixed Sids in its live policy, whose rest stays as it is.

Pulumi does not see them, so that a ``pulumi up`` does not lift them unless it refreshes; the locks that are held
beside them keep Terraform out all the same.
"""

import json
from typing import Any

from blueprint.policy_document import PolicyDocument, policy, to_json
from statectl.bucket_statements import set_statements
from statectl.own_prefix import OWN_PREFIX
from statefile.keys import lockfile_key
from store.failures import NotThereError
from store.store import Store

WRITES = "DenyWritesWhileRetired"
"""Refuses every write."""
UNLOCKS = "DenyUnlocksWhileRetired"
"""Keeps the lockfiles that a retirement holds: Terraform reads in them why it may not write."""
SIDS = frozenset({WRITES, UNLOCKS})


def closing_policy(bucket_arn: str) -> PolicyDocument:
    """The statements that close a state bucket, for everyone: a retirement writes nothing but its record.

    Versions can still be deleted, by whoever may: that is another action, ``s3:DeleteObjectVersion``.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    """
    # Every lockfile, whatever its state is called: asked for, it is refused by the one that is held.
    lockfiles = f"{bucket_arn}/{lockfile_key('*')}"
    # All that statectl keeps, since the record of the retirement is among it.
    own = f"{bucket_arn}/{OWN_PREFIX}*"
    return policy(
        {
            "Sid": WRITES,
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:DeleteObject", "s3:PutObject"],
            "NotResource": [lockfiles, own],
        },
        {
            "Sid": UNLOCKS,
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:DeleteObject"],
            "Resource": lockfiles,
        },
    )


class Closing:
    """The statements of one region's bucket.

    :param bucket_arn: its ARN.
    """

    def __init__(self, store: Store, bucket_arn: str) -> None:
        self.bucket = store.location.bucket
        self._store = store
        self._statements = json.loads(to_json(closing_policy(bucket_arn)))["Statement"]

    def close(self) -> bool:
        """Refuse writes from now on; whether they were let in before.

        :raises statectl.refusal.RefusalError: where the policy would be longer than AWS takes: then
            it is not written.
        """
        return self._set(self._statements)

    def open(self) -> bool:
        """Let writes in again; whether they were refused before. A bucket that is gone refuses nothing."""
        try:
            return self._set([])
        except NotThereError:
            return False

    def _set(self, wanted: list[Any]) -> bool:
        return set_statements(
            self._store,
            SIDS,
            wanted,
            purpose="refuse writes",
            next_step="take statements that are not the stack's out of it",
        )

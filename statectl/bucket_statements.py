"""Statements with fixed Sids in the live policy of a bucket, whose rest stays as it is."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from blueprint.limits import BUCKET_POLICY_BYTES
from blueprint.policy_document import policy, to_json
from statectl.refusal import RefusalError
from store.bucket_policy import read_bucket_policy, write_bucket_policy
from store.store import Store


def set_statements(
    store: Store, sids: Collection[str], made: Sequence[Mapping[str, Any]], *, purpose: str, next_step: str
) -> bool:
    """Put these statements in the place of all that have these Sids; whether anything changed.

    :param purpose: what they are for, as an order.
    :param next_step: what to do where they do not fit in.
    :raises statectl.refusal.RefusalError: where the policy would be longer than AWS takes: then it is not written.
    """
    location = store.location
    s3 = store.clients.s3(location.region)
    live = read_bucket_policy(s3, location) or json.loads(to_json(policy()))
    listed = live["Statement"]
    others = [one for one in ([listed] if isinstance(listed, dict) else listed) if not _has_sid(one, sids)]
    wanted = {**live, "Statement": [*others, *made]}
    size = len(json.dumps(wanted, separators=(",", ":")).encode())
    if size > BUCKET_POLICY_BYTES:
        raise RefusalError(
            f"the policy of {location.bucket} would have {size:,} bytes to {purpose}, and AWS takes "
            f"{BUCKET_POLICY_BYTES:,}",
            next_step=next_step,
        )
    if wanted == live:
        return False
    write_bucket_policy(s3, location, wanted)
    return True


def _has_sid(statement: Any, sids: Collection[str]) -> bool:
    return isinstance(statement, dict) and statement.get("Sid") in sids

"""Where the states of one backend are, in one region."""

from dataclasses import dataclass

from settings.model import Lock
from statefile.keys import WORKSPACE_PREFIX


@dataclass(frozen=True, kw_only=True)
class Location:
    """A state bucket and what belongs to it.

    :param bucket: the bucket's name.
    :param region: the region of the bucket and of the lock table.
    :param lock: what Terraform takes before it writes.
    :param table: the name of the lock table; ``None`` where the lockfile alone locks.
    :param kms_key_arn: the key that states are written under; ``None`` leaves it to the bucket's default.
    :param account_id: the account that the bucket must belong to; ``None`` where nobody said.
    :param workspace_prefix: the folder of workspaces other than the default.
    """

    bucket: str
    region: str
    lock: Lock
    table: str | None = None
    kms_key_arn: str | None = None
    account_id: str | None = None
    workspace_prefix: str = WORKSPACE_PREFIX

"""What a stack adopts: a bucket, table and key that somebody made before, with the state in them; ``adopt``."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.frozen import Frozen

KeyArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
]
"""A key of one region, by its ARN: an alias can be pointed elsewhere, and a multi-region key is another's too."""


class Kept(StrEnum):
    """A setting that is left as it was found, by what doctor calls it.

    Only what a client can run into, or what deletes old versions or ends somebody's logs, can be kept: the rest is
    switched on by the first ``pulumi up``.
    """

    PUBLIC_ACCESS = "bucket.public-access"
    LOGGING = "bucket.logging"
    LIFECYCLE = "bucket.lifecycle"
    OWNERSHIP = "bucket.ownership"
    POLICY = "bucket.policy"
    """The whole policy of the bucket."""
    INSECURE_TRANSPORT = "bucket.policy.DenyInsecureTransport"
    CUSTOMER_PROVIDED_KEY = "bucket.policy.DenyCustomerProvidedKey"
    LOCKFILE_OVERWRITE = "bucket.policy.DenyLockfileOverwrite"
    KEY_ROTATION = "key.rotation"
    KEY_POLICY = "key.policy"
    TABLE_BILLING = "table.billing"
    TABLE_RECOVERY = "table.recovery"
    TABLE_ENCRYPTION = "table.encryption"
    ENCRYPTION = "bucket.encryption"
    """The bucket's default, its bucket key and what it blocks: S3 sets them at once."""
    UNNAMED_KEY = "bucket.policy.DenyUnnamedKey"
    FOREIGN_KEY = "bucket.policy.DenyForeignKey"
    OTHER_ENCRYPTION = "bucket.policy.DenyOtherEncryption"

    @property
    def sid(self) -> str | None:
        """The statement of the bucket's policy that is left out; ``None`` for a whole setting."""
        start = f"{Kept.POLICY}."
        return self.value.removeprefix(start) if self.value.startswith(start) else None


class Adopted(Frozen):
    """What is adopted in one region. What is not named is made."""

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    """The name of the bucket."""
    table: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")] = None
    """The name of the lock table, in the bucket's region."""
    key_arn: KeyArn | None = None
    """The ARN of the customer-managed key that encrypts the bucket."""
    keep: tuple[Kept, ...] = ()
    """What is left as it was found, for now."""

    @property
    def kept(self) -> frozenset[str]:
        """Which settings are left as they were found, by what doctor calls them."""
        return frozenset(kept.value for kept in self.keep)

    @property
    def left_out(self) -> frozenset[str]:
        """Which statements the bucket's policy does without."""
        return frozenset(kept.sid for kept in self.keep if kept.sid)

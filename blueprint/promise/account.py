"""What is promised of the account as a whole."""

from blueprint.promise.resource import GLOBAL, Kind, Promise
from blueprint.promise.rule import Rule
from settings.model import Settings

PUBLIC_ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
"""All four blocks, on a bucket and on the account alike."""

RULES = (
    Rule(
        id="account.public-access",
        title="Public access is blocked for the whole account",
        controls=("s3_account_level_public_access_blocks", "S3.1"),
    ),
)
"""What each setting is called, and how it is compared."""


def promised_account(settings: Settings) -> Promise | None:
    """The account's public access block; ``None`` where the stack does not ask for one."""
    if not settings.account_public_access_block:
        return None
    return Promise(
        kind=Kind.ACCOUNT,
        name=settings.account_id,
        region=GLOBAL,
        settings={"public-access": PUBLIC_ACCESS_BLOCK},
    )

"""The settings of the account as a whole."""

from typing import Any

from store.live.reading import Live, Reading


def live_account(s3control: Any, account_id: str) -> Live:
    """The account's public access block."""
    reading = Reading(f"account {account_id}")
    reading.ask(
        "s3:GetAccountPublicAccessBlock",
        ["public-access"],
        lambda: [dict(s3control.get_public_access_block(AccountId=account_id)["PublicAccessBlockConfiguration"])],
        unset=["NoSuchPublicAccessBlockConfiguration"],
    )
    return reading.done()

"""The settings of the account as a whole."""

import re
from typing import Any

from store.live.reading import Live, Reading

_ACCOUNT_BEFORE_ADDRESS = re.compile(r"^(https?://)\d{12}\.(?=\d+(?:\.\d+){3}(?:[:/]|$))")


def live_account(s3control: Any, account_id: str) -> Live:
    """The account's public access block."""
    reading = Reading(f"account {account_id}")
    # An address, such as an emulator's, takes no account's number before it as the names of AWS do.
    s3control.meta.events.register_first(
        "before-sign.s3-control", _keep_address, unique_id="statectl-keep-address"
    )
    reading.ask(
        "s3:GetAccountPublicAccessBlock",
        ["public-access"],
        lambda: [dict(s3control.get_public_access_block(AccountId=account_id)["PublicAccessBlockConfiguration"])],
        unset=["NoSuchPublicAccessBlockConfiguration"],
    )
    return reading.done()


def _keep_address(request: Any, **_: Any) -> None:
    request.url = _ACCOUNT_BEFORE_ADDRESS.sub(r"\1", str(request.url))

"""Writes docs/access-proof.md from what the code promises: ``python -m tests.proof``."""

from tests.proof.account import promised_account
from tests.proof.document import DOCUMENT, write

DOCUMENT.write_text(write(promised_account()))

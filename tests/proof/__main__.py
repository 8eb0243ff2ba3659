"""Writes docs/access-proof.md from what the code promises: ``python -m tests.proof``."""

import tempfile
from pathlib import Path

from tests.proof.account import planned_account
from tests.proof.document import DOCUMENT, write
from tests.proof.stack import planned

with tempfile.TemporaryDirectory() as folder:
    DOCUMENT.write_text(write(planned_account(planned(Path(folder)))))

"""Writes docs/access-proof.md from what the code promises: ``python -m tests.proof``."""

from blueprint.backend import backend
from settings.stack_file import load_stack_file
from tests.proof.account import planned_account
from tests.proof.document import DOCUMENT, write
from tests.unit.program import ROOT

DOCUMENT.write_text(write(planned_account(backend(load_stack_file(ROOT / "Pulumi.prod.yaml")))))

"""The stack that is proved: prod, with the audit trail too, which is a choice."""

import shutil
from dataclasses import replace
from pathlib import Path

from blueprint.backend import Backend, backend
from settings.stack_file import load_stack_file
from tests.integration.deployment import Deployment
from tests.scanners.prod import make_every_choice
from tests.unit.program import ROOT


def planned(folder: Path) -> Backend:
    """What the stack promises; the folder takes its files."""
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    return _chosen(Path(shutil.copy(ROOT / "Pulumi.prod.yaml", folder)))


def chosen(deployment: Deployment) -> Deployment:
    """The deployment of prod, before its first ``up``."""
    return replace(deployment, plan=_chosen(deployment.folder / "Pulumi.prod.yaml"))


def _chosen(stack_file: Path) -> Backend:
    make_every_choice(stack_file)
    return backend(load_stack_file(stack_file))

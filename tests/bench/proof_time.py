"""How long the proof of access takes: every cell by three evaluators, the mutants, and the linter."""

import subprocess
import sys
import time

from tests.unit.program import ROOT


def measure() -> float:
    """Seconds of the whole, the deployment it reads included; the environments it needs are there already."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "pytest", "tests/proof"], cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - start

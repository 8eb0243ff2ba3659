"""When a process was born: with its id, what names one process and no later one."""

import subprocess
from pathlib import Path


def birth(pid: int) -> str | None:
    """The process's time of birth in the system's own words; None when it does not run."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            state, *rest = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        # Field 22 of the whole line; the boot's id, since ticks count from the boot.
        boot = (proc / "sys" / "kernel" / "random" / "boot_id").read_text().strip()
        return None if state == "Z" else f"{boot} {rest[18]}"
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None

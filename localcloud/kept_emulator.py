"""The emulated AWS that `make local KEEP=1` leaves running, and its end."""

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from localcloud.emulator import Emulator
from localcloud.process_birth import birth

STOP_SECONDS = 25.0


@dataclass(frozen=True)
class KeptEmulator:
    """Which process it is. Ids are reused: only together with its time of birth one means a process."""

    pid: int
    born: str
    port: int

    @classmethod
    def of(cls, emulator: Emulator) -> Self:
        """The record of a running emulator."""
        return cls(emulator.pid, birth(emulator.pid) or "", emulator.port)

    @classmethod
    def read(cls, record: Path) -> Self | None:
        """What `record` says; None where there is none."""
        try:
            return cls(**json.loads(record.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, record: Path) -> None:
        """Record it; never half."""
        fresh = record.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)) + "\n")
        fresh.rename(record)

    def alive(self) -> bool:
        """Whether that very process still runs."""
        return birth(self.pid) == self.born

    def stop(self) -> bool:
        """End it and wait until it has saved its data; False when it was not running any more."""
        if not self.alive():
            return False
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.alive()

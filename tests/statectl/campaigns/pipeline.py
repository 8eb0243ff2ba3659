"""A team's pipeline: real Terraform on one state, in the region that it is told, one process after the other."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from blueprint.hcl import to_hcl
from blueprint.standby import Home
from localcloud.backend_files import emulator_arguments
from localcloud.leash_wrapper import descendants
from localcloud.terraform import Workdir
from statefile.keys import workspace_key
from tests.access.stack import apply
from tests.faults.proxy import Proxy
from tests.statectl.failover.regions import Regions
from tests.statectl.stack import CONFIGURATION, READY

PATIENCE_SECONDS = 120.0
UNSEEN = 0
"""The number of a state that no pipeline ever wrote."""
_INITIALISING = threading.Lock()
"""Workspaces share a folder."""


def number(content: str) -> int:
    """What a pipeline applied counts up, in whatever region."""
    return int(content.rsplit("-", 1)[1]) if content else UNSEEN


class Pipeline:
    """One state's.

    :param state: ``<environment>/<service>``.
    :param proxy: where it finds AWS.
    """

    def __init__(
        self, regions: Regions, state: str, workspace: str, proxy: Proxy, credentials: Mapping[str, str]
    ) -> None:
        self.state = state
        self.base = f"{state}/terraform.tfstate"
        self.key = workspace_key(workspace, self.base)
        self.name = f"{state.split('/')[1]}-{workspace}"
        self.acknowledged: list[str] = []
        """The contents that Terraform said were applied, in order."""
        self.said = ""
        """What Terraform printed at the last of them."""
        self.busy = threading.Lock()
        """Held while a process runs that others may have to wait for."""
        self.killed: set[str] = set()
        """The names of the processes that were."""
        self._regions = regions
        self._workspace = workspace
        self._proxy = proxy
        self._environment = {**regions.deployment.emulator.environment(), **credentials}
        self._count = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def next_actor(self) -> str:
        """What its next process is called in the record."""
        return f"{self.name}-{self._count + 1}"

    def apply(self, home: Home, *more: str) -> bool:
        """Apply something new; whether Terraform says that it was."""
        self._on(home)
        content = f"{home}-{self.next_actor}"
        code, self.said = self._run(home, apply(content, "-auto-approve", *more))
        if code == 0:
            self.acknowledged.append(content)
        return code == 0

    def is_clean(self, home: Home, content: str) -> bool:
        """Whether a plan that asks for this content has nothing to change."""
        self._on(home)
        code, said = self._run(home, ["plan", "-no-color", f"-var=content={content}", "-detailed-exitcode"])
        assert code in {0, 2}, said
        return code == 0

    def kill(self) -> None:
        """End what runs, as the power does."""
        process = self._process
        if process is not None:
            self.killed.add(self._proxy.actor)
            for pid in (*descendants(process.pid), process.pid):
                with suppress(ProcessLookupError):  # it may have ended just now
                    os.kill(pid, signal.SIGKILL)

    def _run(self, home: Home, arguments: Sequence[str]) -> tuple[int, str]:
        self._proxy.actor, self._count = self.next_actor, self._count + 1
        here = self._workdir(home)
        environment = {**here.environment(), "AWS_ENDPOINT_URL": self._proxy.endpoint}
        if arguments[0] != "init":
            environment["TF_WORKSPACE"] = self._workspace
        self._process = subprocess.Popen(
            here.command(arguments),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, err = self._process.communicate(timeout=PATIENCE_SECONDS)
        code, self._process = self._process.returncode, None
        return code, out + err

    def _workdir(self, home: Home) -> Workdir:
        folder = self._regions.folder / f"campaign-{home}-{self.state.replace('/', '-')}"
        return Workdir(folder, folder / "data", self._environment)

    def _on(self, home: Home) -> None:
        """Be initialised on the region's backend; once, since nothing of it depends on the seed."""
        with _INITIALISING:
            here = self._workdir(home)
            if (here.configuration / READY).exists():
                return
            here.configuration.mkdir(parents=True)
            shutil.copy(CONFIGURATION, here.configuration / "main.tf")
            (here.configuration / "backend.hcl").write_text(to_hcl(self._backend(home)))
            code, said = self._run(home, ["init", "-no-color", "-reconfigure", "-backend-config=backend.hcl"])
            assert code == 0, said
            (here.configuration / READY).touch()

    def _backend(self, home: Home) -> dict[str, Any]:
        """Without endpoints, which the environment says: each process has its own."""
        output = "backend_configs" if home is Home.FIRST else "replica_backend_configs"
        known = self._regions.outputs["access"]["pipeline"][output][self.state]
        emulated = emulator_arguments(self._regions.deployment.emulator)
        return {
            **known,
            **{name: value for name, value in emulated.items() if name != "endpoints"},
            "max_retries": 1,
        }

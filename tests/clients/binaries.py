"""The clients themselves: Terraform from its wheel, and those that are built once from their Go modules."""

import fcntl
import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docs.client_behaviour import Tried
from localcloud.go import Go
from localcloud.paths import LOCAL
from localcloud.steps import Steps
from localcloud.terraform import TERRAFORM

SOURCES = Path(__file__).parent / "source"


@dataclass(frozen=True, kw_only=True)
class Module:
    """A client's Go module.

    :param folder: where ``go.mod`` pins it and all that it needs.
    :param package: the command in it.
    :param stamp: for the linker; without it OpenTofu calls itself a development version, which may not
        write what released versions read.
    """

    folder: Path
    package: str
    stamp: str = ""


MODULES = {
    Tried.OLD_TERRAFORM: Module(folder=SOURCES / "terraform", package="github.com/hashicorp/terraform"),
    Tried.OPENTOFU: Module(
        folder=SOURCES / "opentofu",
        package="github.com/opentofu/opentofu/cmd/tofu",
        stamp="-X github.com/opentofu/opentofu/version.dev=no",
    ),
}


def program(
    tried: Tried, steps: Steps, *, folder: Path = LOCAL / "clients", go_folder: Path = LOCAL / "engine" / "go"
) -> Sequence[str]:
    """The command that runs a client, which is built where it is missing or its pins changed (minutes, once).

    :param go_folder: where Go lies, or is fetched to, when there is none on PATH; the engine's is as good.
    :raises Failure: with one line, when it cannot be built.
    """
    if tried not in MODULES:
        return TERRAFORM
    module = MODULES[tried]
    name = tried.value.lower().replace(" ", "-")
    binary, stamp = folder / name, folder / f"{name}.built"
    wanted = _recipe(module)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be building the same
        if not (binary.exists() and stamp.exists() and stamp.read_text() == wanted):
            _build(tried, module, binary, go_folder, steps)
            stamp.write_text(wanted)
    return (str(binary),)


def _recipe(module: Module) -> str:
    """Changes whenever a build would come out different."""
    parts = [module.package, module.stamp, *(file.read_text() for file in sorted(module.folder.glob("go.*")))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _build(tried: Tried, module: Module, binary: Path, go_folder: Path, steps: Steps) -> None:
    with steps.step(f"Building {tried}") as step:
        without_go = f"To build {tried} there is no Go: install Go 1.21 or later (https://go.dev/dl)."
        go = Go.obtain(go_folder, step, otherwise=without_go)
        fresh = binary.with_name(f"{binary.name}.new")
        unreachable = (
            f"{tried} could not be built, for its Go modules could not be fetched: "
            "mend the network (GOPROXY names the module proxy)."
        )
        go.compile(module.package, module.folder, fresh, step, stamp=module.stamp, otherwise=unreachable)
        shutil.move(fresh, binary)

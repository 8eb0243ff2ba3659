"""The real Pulumi engine: found on PATH, else installed by Pulumi's own installer, else built from Go modules."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from localcloud import environment, leash, paths
from localcloud.go import Go, numbers
from localcloud.plugin.install import install
from localcloud.steps import Step

CLI_VERSION = "3.259.0"
"""What is built, and the oldest that is taken from PATH."""
INSTALLER = "https://get.pulumi.com/install.sh"
REACH_SECONDS = 5.0
INSTALL_SECONDS = 180.0
CANCEL_SECONDS = 5.0
"""What an interrupted update gets to finish the calls under way."""
SOURCE = Path(__file__).parent / "engine_source"
CLI_SOURCE, HOST_SOURCE = SOURCE / "cli", SOURCE / "language-python"
CLI, LANGUAGE_HOST, LAUNCHER = "pulumi", "pulumi-language-python", "pulumi-language-python-exec"
NO_GO = (
    "The Pulumi CLI is neither on PATH nor to be downloaded, and to build it there is no Go: "
    "install Go 1.21 or later (https://go.dev/dl) or Pulumi (https://www.pulumi.com/docs/install), "
    "or mend the network."
)
NO_MODULES = (
    "The Pulumi CLI could not be built, for its Go modules could not be fetched: "
    "mend the network (GOPROXY names the module proxy), or install Pulumi (https://www.pulumi.com/docs/install)."
)


@dataclass(frozen=True)
class Engine:
    """A Pulumi CLI that runs Python programs, with a home of its own."""

    bin: Path
    version: str
    origin: str
    home: Path

    @classmethod
    def obtain(
        cls, step: Step | None = None, *, folder: Path = paths.ENGINE, home: Path = paths.PULUMI_HOME
    ) -> Self:
        """The engine on PATH, else the one kept in `folder`, which is installed or built the first time.

        `home` becomes its PULUMI_HOME and gets the stand-in for the aws plugin. Raises `Failure` with one
        line when there is no way to get an engine.
        """
        step = step or Step()
        install(home)
        if found := _on_path():
            return cls(*found, "on PATH", home)
        for part, origin in (("installed", "installed"), ("built", "built here")):
            if kept := recognise(folder / part):
                return cls(*kept, origin, home)
        if installed := _install(folder / "installed", step):
            return cls(*installed, "installed", home)
        return cls(*_build(folder / "built", folder / "go", step), "built here", home)

    def environment(self, state: Path, passphrase: str = "local") -> dict[str, str]:  # noqa: S107
        """What the CLI needs: Pulumi's own state in `state`, secrets by `passphrase`, nothing from elsewhere."""
        state.mkdir(parents=True, exist_ok=True)
        # The virtual environment's Python comes first: older language hosts know no other way to be told.
        search = [str(Path(sys.executable).parent), str(self.bin), os.environ.get("PATH", os.defpath)]
        return {
            **environment.clean(),
            "PATH": os.pathsep.join(search),
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": state.resolve().as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": passphrase,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # A plugin that is missing is an error: the real one would talk to the real AWS.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
    ) -> leash.Finished:
        """Run `pulumi` with `arguments`; it ends with this process."""
        command = [str(self.bin / CLI), *arguments, "--non-interactive", "--color", "never"]
        return leash.run(command, cwd=cwd, env=env, on_line=on_line, grace=CANCEL_SECONDS)


def _on_path() -> tuple[Path, str] | None:
    found = shutil.which(CLI)
    if not found or not shutil.which(LANGUAGE_HOST):
        return None
    version = _version(Path(found))
    return (Path(found).parent, version) if version and numbers(version) >= numbers(CLI_VERSION) else None


def _version(cli: Path) -> str | None:
    quiet = {**environment.clean(), "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        printed = subprocess.run(
            [cli, "version"], env=quiet, capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return printed.stdout.strip().removeprefix("v")


def _recipe() -> str:
    """Changes whenever a build would come out different."""
    parts = [CLI_VERSION, *(file.read_text() for file in sorted(SOURCE.glob("*/go.*")))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def finish(folder: Path, version: str) -> None:
    """Write last what tells a finished engine from one whose making was interrupted."""
    fresh = folder / "stamp.new"
    fresh.write_text(json.dumps({"version": version, "recipe": _recipe()}))
    fresh.rename(folder / "stamp.json")


def recognise(folder: Path) -> tuple[Path, str] | None:
    """The finished engine in `folder`, of today's recipe: its programs and its version."""
    try:
        stamp = json.loads((folder / "stamp.json").read_text())
    except (OSError, ValueError):
        return None
    whole = all((folder / "bin" / name).is_file() for name in (CLI, LANGUAGE_HOST))
    return (folder / "bin", str(stamp["version"])) if whole and stamp.get("recipe") == _recipe() else None


def _install(folder: Path, step: Step) -> tuple[Path, str] | None:
    """Run the official installer where its site answers; None where it does not."""
    step.note("asking for the official installer")
    try:
        with urllib.request.urlopen(INSTALLER, timeout=REACH_SECONDS):
            pass
    except (urllib.error.URLError, OSError):
        return None
    step.note("running the official installer")
    program = "import sys; from pulumi.automation import PulumiCommand; PulumiCommand.install(sys.argv[1])"
    with leash.Leashed.start(
        [sys.executable, "-c", program, folder],
        env=environment.clean(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        grace=1,
    ) as installer:
        try:
            if installer.wait(INSTALL_SECONDS) != 0:
                return None
        except subprocess.TimeoutExpired:
            return None
    version = _version(folder / "bin" / CLI)
    if version is None:
        return None
    finish(folder, version)
    return recognise(folder)


def _build(folder: Path, go_folder: Path, step: Step) -> tuple[Path, str]:
    """Compile the CLI and the Python language host; minutes the first time."""
    go = Go.obtain(go_folder, step, otherwise=NO_GO)
    results = folder / "bin"
    results.mkdir(parents=True, exist_ok=True)
    (folder / "stamp.json").unlink(missing_ok=True)
    for name, package, source in (
        (LANGUAGE_HOST, "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python", HOST_SOURCE),
        (CLI, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", CLI_SOURCE),
    ):
        fresh = results / f"{name}.new"
        stamp = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={CLI_VERSION}"
        go.compile(package, source, fresh, step, stamp=stamp, otherwise=NO_MODULES)
        fresh.rename(results / name)
    # The older language host looks for its launcher beside itself; the one of the CLI's own version knows
    # the current SDK.
    sdk = go.ask(["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"], CLI_SOURCE)
    fresh = results / f"{LAUNCHER}.new"
    fresh.unlink(missing_ok=True)
    shutil.copyfile(Path(sdk) / "python" / "cmd" / LAUNCHER, fresh)
    fresh.chmod(0o755)
    fresh.rename(results / LAUNCHER)
    finish(folder, CLI_VERSION)
    return results, CLI_VERSION

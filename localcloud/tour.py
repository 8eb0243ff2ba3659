"""The steps of `make local`: from nothing to real Terraform keeping its state in the backend, on this computer."""

import shlex
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from localcloud import backend_files, denial, locking, paths, run_guard, states, terraform
from localcloud.emulator import Emulator, exports
from localcloud.engine import Engine
from localcloud.failure import Failure
from localcloud.kept_emulator import KeptEmulator
from localcloud.pipelines import pipelines
from localcloud.stack import Stack
from localcloud.steps import Steps

PORT = paths.CLOUD / "port"
CONTESTED = "network"
"""The service whose state the two applies fight over."""


def run(steps: Steps, *, keep: bool = False, port: int | None = None) -> None:
    """All the steps; what they need is started here and stopped here, unless `keep` leaves the emulator running.

    Raises `Failure` where a newcomer can do something about it.
    """
    began = time.monotonic()
    with run_guard.alone(paths.RUNNING):
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        with steps.step("Tools") as step:
            engine = Engine.obtain(step)
            step.result(f"Pulumi {engine.version} ({engine.origin}), Terraform {terraform.version()}")
        _end_kept(steps)
        if run_guard.sweep(paths.CLOUD):
            steps.say("The last run did not end in order: its emulated AWS is made anew.")
        with steps.step("Emulated AWS") as step:
            emulator = _start(port)
            step.result(f"{emulator.endpoint}, policies enforced")
        with emulator:
            run_guard.begin(paths.CLOUD)
            outputs = _work(steps, engine, emulator)
            if keep:
                _keep(steps, engine, emulator, outputs)
                return
            with steps.step("Stop") as step:
                emulator.stop()
                step.result("nothing is left running, the data stay for the next run")
        run_guard.finish(paths.CLOUD)
    steps.say(f"Done in {time.monotonic() - began:.0f} seconds. What the tools said: {_shown(paths.LOGS)}")


def stop(steps: Steps) -> None:
    """End the emulated AWS that an earlier run left running."""
    with run_guard.alone(paths.RUNNING):
        if not _end_kept(steps):
            steps.say("Nothing is running.")


def clean(steps: Steps) -> None:
    """End what runs and delete the emulated AWS with all that was made in it; the engine stays."""
    with run_guard.alone(paths.RUNNING):
        _end_kept(steps)
        for folder in (paths.CLOUD, paths.TERRAFORM, paths.LOGS):
            shutil.rmtree(folder, ignore_errors=True)
        steps.say("The emulated AWS and all in it are deleted.")


def _start(port: int | None) -> Emulator:
    """On the given port, else on the one of the last run, so that what was told once stays true; else on any."""
    if port is None and PORT.exists():
        try:
            return Emulator.start(paths.EMULATOR, port=int(PORT.read_text()))
        except (Failure, ValueError):
            PORT.unlink()
    emulator = Emulator.start(paths.EMULATOR, port=port)
    PORT.write_text(f"{emulator.port}\n")
    return emulator


def _work(steps: Steps, engine: Engine, emulator: Emulator) -> dict[str, Any]:
    stack = Stack.on(engine, emulator, paths.PULUMI_STATE, paths.LOGS / "pulumi.log")
    with steps.step("pulumi up") as step:
        step.result(stack.up(step))
        outputs = stack.outputs()
    with steps.step("terraform apply") as step:
        files = backend_files.write(pipelines(outputs), emulator, paths.TERRAFORM)
        log = paths.LOGS / "terraform.log"
        step.result(states.apply_all(files, emulator, paths.TERRAFORM_DATA, log, step))
    _show_access(steps, files, emulator)
    _show_locking(steps, files, emulator)
    steps.console.print(_table(states.rows(files, emulator, outputs), outputs))
    return outputs


def _show_access(steps: Steps, files: Sequence[backend_files.StateFiles], emulator: Emulator) -> None:
    own = next(file for file in files if file.service == CONTESTED)
    other = next(file for file in files if file.service == CONTESTED and file.pipeline != own.pipeline)
    with steps.step("Another's state") as step:
        refused_to = denial.refused(own, other, emulator, paths.TERRAFORM_DATA)
        step.result(f"{other.name}: 403 to {refused_to}, the role of {own.pipeline.entry}")


def _show_locking(steps: Steps, files: Sequence[backend_files.StateFiles], emulator: Emulator) -> None:
    contested = next(file for file in files if file.service == CONTESTED)
    here = states.workdir(contested, emulator, paths.TERRAFORM_DATA)
    plain = states.apply_arguments(contested)
    # Something to do, so that Terraform asks for approval and meanwhile holds the lock.
    changing = [*plain, f"-replace=terraform_data.{CONTESTED}"]
    with steps.step("Two applies at once") as step, locking.holding(here, changing) as first:
        holder = locking.refusal(here, plain)
        first.approve()
        step.result(f"{contested.name}: the second is refused, the lock is held by {holder.who}")
    with steps.step("A crashed apply") as step:
        with locking.holding(here, changing) as first:
            first.crash()
        holder = locking.refusal(here, plain)
        step.result(f"its lock stays: {holder.id}, held by {holder.who}")
    with steps.step("terraform force-unlock") as step:
        locking.unlock(here, holder)
        here.do([*plain, "-auto-approve"])
        step.result(f"{contested.name} can be applied again")


def _table(rows: Sequence[states.Row], outputs: Mapping[str, Any]) -> Table:
    table = Table(title=f"States in {outputs['state_bucket_name']}", title_justify="left")
    for heading in ("state", "serial", "versions", "lock", "replicated"):
        table.add_column(heading, justify="right" if heading in {"serial", "versions"} else "left")
    for row in rows:
        table.add_row(row.name, str(row.serial), str(row.versions), row.lock_kind, row.replicated)
    return table


def _keep(steps: Steps, engine: Engine, emulator: Emulator, outputs: Mapping[str, Any]) -> None:
    """Leave the emulator running, and tell how to reach it."""
    terraform.install(paths.BIN)
    own = engine.environment(paths.PULUMI_STATE)
    variables = {name: value for name, value in own.items() if name.startswith("PULUMI_")}
    variables |= {**emulator.environment(), "AWS_DEFAULT_REGION": outputs["region"]}
    first = shlex.quote(f"{Path(sys.executable).parent}:{engine.bin}")
    last = shlex.quote(str(paths.BIN))
    paths.ENVIRONMENT.write_text(f"{exports(variables)}export PATH={first}:$PATH:{last}\n")
    KeptEmulator.of(emulator).write(paths.KEPT)
    emulator.leashed.let_go()
    steps.say(paths.ENVIRONMENT.read_text())
    steps.say(f"It keeps running until `make local-down`. The lines above are in {_shown(paths.ENVIRONMENT)}:\n")
    example = f"{_shown(states.CONFIGURATIONS)}/{CONTESTED}"
    pipeline = pipelines(outputs)[0]
    environment = next(iter(pipeline.backend_configs)).split("/", 1)[0]
    # Terraform runs with the credentials of the pipeline's own account and becomes its role by itself.
    as_pipeline = f"AWS_ACCESS_KEY_ID={pipeline.account_id} terraform -chdir={example}"
    for line in (
        f". {_shown(paths.ENVIRONMENT)}",
        "pulumi up -s local",
        "statectl states ls -s local",
        'python -c \'import boto3; print(boto3.client("s3").list_buckets()["Buckets"])\'',
        f"export TF_DATA_DIR={paths.TERRAFORM_DATA}/{environment}/{CONTESTED}",
        f"{as_pipeline} plan -var environment={environment}",
    ):
        steps.say(f"    {line}")


def _end_kept(steps: Steps) -> bool:
    """Stop the emulator that KEEP=1 left running; True when there was one."""
    kept = KeptEmulator.read(paths.KEPT)
    if kept is None:
        return False
    with steps.step("Stop the kept emulator") as step:
        if kept.stop():
            # It has saved its data, and nothing else was under way.
            run_guard.finish(paths.CLOUD)
            step.result("stopped, its data stay for the next run")
        else:
            step.result("it had already ended by itself")
        paths.KEPT.unlink()
        paths.ENVIRONMENT.unlink(missing_ok=True)
    return True


def _shown(path: Path) -> str:
    return str(path.relative_to(paths.PROJECT) if path.is_relative_to(paths.PROJECT) else path)

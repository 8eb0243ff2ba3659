"""The nine states: Terraform's init and apply of each, and what became of them."""

import json
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud import paths
from localcloud.backend_files import StateFiles
from localcloud.emulator import Emulator
from localcloud.steps import Step
from localcloud.terraform import Workdir

CONFIGURATIONS = paths.PROJECT / "examples" / "terraform"
READERS = ("compute",)
"""The services that read the states of the others, and so are applied after them."""
AT_ONCE = 3
SUMMARY = re.compile(r"Resources: (\d+) added, (\d+) changed, (\d+) destroyed")


@dataclass(frozen=True)
class Row:
    """What is known of one state after all the applies."""

    name: str
    serial: int
    versions: int
    lock_kind: str
    replicated: str


def workdir(state: StateFiles, emulator: Emulator, data: Path) -> Workdir:
    """The configuration of the state's service in its pipeline's hands, with a data directory of its own."""
    return Workdir(
        CONFIGURATIONS / state.service,
        data / state.environment / state.service,
        emulator.environment(state.pipeline.account_id),
    )


def init_arguments(state: StateFiles) -> list[str]:
    """The arguments of `terraform init` for this state."""
    backend = [f"-backend-config={file}" for file in (state.backend, state.emulator)]
    # The emulated AWS may answer on another port than last time, which counts as another backend.
    return ["init", "-no-color", "-reconfigure", *backend]


def apply_arguments(state: StateFiles) -> list[str]:
    """The arguments of `terraform apply` for this state, but for the approval."""
    extra = [f"-var-file={state.variables}"] if state.service in READERS else []
    return ["apply", "-no-color", f"-var=environment={state.environment}", *extra]


def apply_all(states: Sequence[StateFiles], emulator: Emulator, data: Path, log: Path, step: Step) -> str:
    """Init and apply every state, readers last; what changed, in a few words."""
    counts, writing = [0, 0, 0], threading.Lock()
    log.write_text("")

    def apply(state: StateFiles) -> None:
        step.note(state.name)
        here = workdir(state, emulator, data)
        said = here.do(init_arguments(state))
        said += here.do([*apply_arguments(state), "-auto-approve"])
        found = SUMMARY.search(said)
        with writing:
            with log.open("a") as file:
                file.write(f"=== {state.name}\n{said}\n")
            for index, number in enumerate(found.groups() if found else ()):
                counts[index] += int(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for turn in (False, True):
                list(pool.map(apply, [state for state in states if (state.service in READERS) == turn]))
        except BaseException:
            # What is under way ends by itself within a second or two; nothing more is begun.
            pool.shutdown(cancel_futures=True)
            raise
    changes = [f"{n} {what}" for n, what in zip(counts, ("added", "changed", "destroyed"), strict=True) if n]
    roles = len({state.pipeline.role for state in states})
    return f"{len(states)} states by {roles} roles: {', '.join(changes) or 'no changes'}"


def rows(states: Sequence[StateFiles], emulator: Emulator, outputs: dict[str, Any]) -> list[Row]:
    """What the buckets hold of each state, read with boto3."""
    bucket, replica = outputs["state_bucket_name"], outputs.get("replica_bucket_name")
    here = emulator.client("s3", outputs["region"])
    there = emulator.client("s3", outputs["replica_region"]) if replica else None
    table = []
    for state in states:
        key = state.arguments["key"]
        body = here.get_object(Bucket=bucket, Key=key)["Body"].read()
        found = here.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", ())
        replicated = "no second region"
        if there is not None:
            same = there.get_object(Bucket=replica, Key=key)["Body"].read() == body
            replicated = f"yes, {outputs['replica_region']}" if same else "[red]not yet[/]"
        versions = sum(version["Key"] == key for version in found)
        table.append(Row(state.name, json.loads(body)["serial"], versions, state.lock_kind, replicated))
    return table

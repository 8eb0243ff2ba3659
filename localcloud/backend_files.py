"""The files that `terraform init` and `terraform apply` are given, from what the Pulumi stack promises."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.backend_files import backend_files
from blueprint.backend_forms import Form
from blueprint.hcl import to_hcl
from localcloud.emulator import Emulator
from localcloud.pipelines import Pipeline


@dataclass(frozen=True)
class StateFiles:
    """One state: where it is kept, whose pipeline writes it, and the files that tell Terraform so."""

    environment: str
    service: str
    pipeline: Pipeline
    backend: Path
    emulator: Path
    variables: Path

    @property
    def name(self) -> str:
        """`<environment>/<service>`."""
        return f"{self.environment}/{self.service}"

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What its `backend.hcl` says."""
        return self.pipeline.backend_configs[self.name]

    @property
    def lock_kind(self) -> str:
        """What keeps two applies of this state apart."""
        kinds = {"lockfile": self.arguments.get("use_lockfile"), "table": self.arguments.get("dynamodb_table")}
        return " and ".join(kind for kind, used in kinds.items() if used) or "none"


def emulator_arguments(emulator: Emulator) -> dict[str, Any]:
    """What Terraform's S3 backend needs beyond the stack's promise to find the emulated AWS."""
    return {
        "use_path_style": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "custom_ca_bundle": str(emulator.ca_bundle),
        "endpoints": dict.fromkeys(("s3", "dynamodb", "sts", "iam"), emulator.endpoint),
    }


def write(pipelines: Sequence[Pipeline], emulator: Emulator, folder: Path) -> list[StateFiles]:
    """Write `backend.hcl` and `states.tfvars.json` for each `<environment>/<service>`, and one `emulator.hcl`.

    :return: the states in the order of their names.
    """
    extra = emulator_arguments(emulator)
    folder.mkdir(parents=True, exist_ok=True)
    shared = folder / "emulator.hcl"
    shared.write_text(to_hcl(extra))
    states = []
    for pipeline in pipelines:
        for file in backend_files(pipeline.backend_configs):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
        for name in pipeline.backend_configs:
            backend = folder / name / Form.HCL.file_name
            environment, service = name.split("/", 1)
            siblings = {
                other.split("/", 1)[1]: {**arguments, **extra}
                for other, arguments in pipeline.backend_configs.items()
                if other.split("/", 1)[0] == environment
            }
            variables = backend.with_name("states.tfvars.json")
            variables.write_text(json.dumps({"states": siblings}, indent=2) + "\n")
            states.append(StateFiles(environment, service, pipeline, backend, shared, variables))
    return sorted(states, key=lambda state: state.name)

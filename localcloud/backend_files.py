"""The files that `terraform init` and `terraform apply` are given, from what the Pulumi stack promises."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.backend_config import to_hcl
from localcloud.emulator import Emulator


@dataclass(frozen=True)
class StateFiles:
    """One state: where it is kept, and the files that tell Terraform so."""

    environment: str
    service: str
    arguments: Mapping[str, Any]
    backend: Path
    emulator: Path
    variables: Path

    @property
    def name(self) -> str:
        """`<environment>/<service>`."""
        return f"{self.environment}/{self.service}"

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


def write(configs: Mapping[str, Mapping[str, Any]], emulator: Emulator, folder: Path) -> list[StateFiles]:
    """Write `backend.hcl` and `states.tfvars.json` for each `<environment>/<service>`, and one `emulator.hcl`.

    :param configs: the stack's output `backend_configs`.
    :return: the states in the order of their names.
    """
    extra = emulator_arguments(emulator)
    folder.mkdir(parents=True, exist_ok=True)
    shared = folder / "emulator.hcl"
    shared.write_text(to_hcl(extra))
    states = []
    for name in sorted(configs):
        environment, service = name.split("/")
        own = folder / environment / service
        own.mkdir(parents=True, exist_ok=True)
        siblings = {
            other.split("/")[1]: {**arguments, **extra}
            for other, arguments in configs.items()
            if other.split("/")[0] == environment
        }
        (own / "backend.hcl").write_text(to_hcl(configs[name]))
        (own / "states.tfvars.json").write_text(json.dumps({"states": siblings}, indent=2) + "\n")
        states.append(
            StateFiles(
                environment, service, configs[name], own / "backend.hcl", shared, own / "states.tfvars.json"
            )
        )
    return states

"""Where the local run keeps what it makes: one folder under the project, ignored by git."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("LOCAL_DIR", PROJECT / ".local")).absolute()
"""Another folder, by the environment variable LOCAL_DIR, is another local run beside this one."""

ENGINE = LOCAL / "engine"
"""The Pulumi CLI, where it had to be fetched or built. Survives `make clean-cloud` and crashed runs."""

CLOUD = LOCAL / "cloud"
"""All that belongs to one emulated AWS: its data, Pulumi's file state, Terraform's folders. Goes as a whole."""

EMULATOR = CLOUD / "emulator"
PULUMI_STATE = CLOUD / "pulumi-state"
TERRAFORM_DATA = CLOUD / "terraform-data"

TERRAFORM = LOCAL / "terraform"
"""The `backend.hcl` files, by environment and service."""

LOGS = LOCAL / "logs"

RUNNING = LOCAL / "running"
"""Locked while a local run lasts."""

KEPT = LOCAL / "kept.json"
"""Which process is the emulator that `make local KEEP=1` left running."""

ENVIRONMENT = LOCAL / "environment"
"""What a shell sources to reach it."""

BIN = LOCAL / "bin"
"""A `terraform` for those who have none."""

PULUMI_HOME = LOCAL / "pulumi-home"
"""Pulumi's plugins and credentials for the local run; the user's own ~/.pulumi stays as it is."""

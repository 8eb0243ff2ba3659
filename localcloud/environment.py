"""The environment variables that commands of the local run get."""

import os

FOREIGN = ("AWS_", "BOTO_", "PULUMI_", "TF_", "TERRAFORM_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
LOOPBACK = "127.0.0.1,localhost"


def clean() -> dict[str, str]:
    """This process's environment without what could lead a command to a real account or another installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    # A proxy for the network at large must not see what stays on this computer.
    outside = kept.get("NO_PROXY", kept.get("no_proxy", ""))
    kept["NO_PROXY"] = kept["no_proxy"] = f"{LOOPBACK},{outside}" if outside else LOOPBACK
    return kept

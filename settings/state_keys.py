"""Which states a stack expects, and where each lives in the bucket."""

from collections.abc import Mapping, Sequence


def expected_states(states: Mapping[str, Sequence[str]]) -> list[str]:
    """Every ``<environment>/<service>`` there is, in the order of their names."""
    return [
        f"{environment}/{service}" for environment in sorted(states) for service in sorted(states[environment])
    ]


def state_key(state: str) -> str:
    """The key of the state ``<environment>/<service>``, or of every state that such a pattern covers.

    Terraform puts the lockfile at the same key with ``.tflock`` behind it, and other workspaces at
    ``env:/<workspace>/`` before it (https://developer.hashicorp.com/terraform/language/backend/s3).
    """
    return f"{state}/terraform.tfstate"

"""Where each state lives in the bucket."""


def state_key(environment: str, service: str) -> str:
    """The key of one state: ``<environment>/<service>/terraform.tfstate``.

    Terraform puts the lockfile at the same key with ``.tflock`` behind it, and other workspaces at
    ``env:/<workspace>/`` before it (https://developer.hashicorp.com/terraform/language/backend/s3).
    """
    return f"{environment}/{service}/terraform.tfstate"

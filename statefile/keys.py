"""Where Terraform puts what belongs to a state: beside it in the bucket, and as items of the lock table.

Source: https://developer.hashicorp.com/terraform/language/backend/s3
"""

LOCKFILE_SUFFIX = ".tflock"
"""Behind the key of a state: the key of its lockfile."""
DIGEST_SUFFIX = "-md5"
"""Behind the id of a state's lock: the id of its digest."""
STATE_SUFFIX = ".tfstate"
"""The end of a state's key, by convention: Terraform takes any key."""
WORKSPACE_PREFIX = "env:"
"""The folder of workspaces other than the default, unless a backend sets ``workspace_key_prefix``."""


def lockfile_key(key: str) -> str:
    """The key of the lockfile of the state at ``key``."""
    return f"{key}{LOCKFILE_SUFFIX}"


def state_of_lockfile(key: str) -> str | None:
    """The key of the state whose lockfile this is; ``None`` where it is no lockfile's key."""
    return key.removesuffix(LOCKFILE_SUFFIX) if key.endswith(LOCKFILE_SUFFIX) else None


def lock_id(bucket: str, key: str) -> str:
    """The ``LockID`` of the table's item that locks the state at ``key``."""
    return f"{bucket}/{key}"


def digest_id(bucket: str, key: str) -> str:
    """The ``LockID`` of the table's item that holds the digest of the state at ``key``."""
    return f"{lock_id(bucket, key)}{DIGEST_SUFFIX}"


def id_in_bucket(item: str, bucket: str) -> str | None:
    """What stands behind the bucket in a ``LockID``: a key, with or without the suffix of a digest.

    ``None`` where the item is about another bucket: one table can serve several.
    """
    key = item.removeprefix(f"{bucket}/")
    return None if key == item else key


def workspace_key(workspace: str, key: str, *, prefix: str = WORKSPACE_PREFIX) -> str:
    """The key of the same state in another workspace; that of ``default`` is ``key`` itself."""
    return key if workspace == "default" else f"{prefix}/{workspace}/{key}"


def split_workspace(key: str, *, prefix: str = WORKSPACE_PREFIX) -> tuple[str, str]:
    """The workspace that a key belongs to, and the key of the same state in the default workspace."""
    parts = key.removeprefix(f"{prefix}/").split("/", 1)
    if not key.startswith(f"{prefix}/") or len(parts) < 2:
        return "default", key
    return parts[0], parts[1]

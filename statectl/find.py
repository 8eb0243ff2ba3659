"""Finds the backend that a command is about: by a stack, by a backend file, or by name."""

from dataclasses import dataclass
from pathlib import Path

from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.known_backend import KnownBackend
from statectl.refusal import RefusalError
from store.location import Location


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line says about the backend.

    :param stack: the stack's name.
    :param project: the folder of the stack's ``Pulumi.yaml``.
    :param backend_config: a ``backend.hcl``, or a file with a ``backend "s3"`` block.
    :param bucket: the bucket's name.
    :param region: the bucket's region.
    :param table: the lock table's name.
    :param lock: what Terraform takes, where the bucket is found by name.
    """

    stack: str | None
    project: Path
    backend_config: Path | None
    bucket: str | None
    region: str | None
    table: str | None
    lock: Lock | None


def find(wanted: Wanted) -> KnownBackend:
    """The backend.

    :raises statectl.refusal.RefusalError: where it is named in no way, in several, or not found.
    """
    ways = [way for way in (wanted.stack, wanted.backend_config, wanted.bucket) if way]
    if len(ways) != 1:
        raise RefusalError(
            "which backend?" if not ways else "the backend is named in more than one way",
            next_step="use one of --stack NAME, --backend-config FILE, and --bucket NAME with --region",
            code=ExitCode.USAGE,
        )
    if wanted.stack:
        from statectl.by_stack import find_by_stack  # noqa: PLC0415

        return find_by_stack(wanted.stack, wanted.project)
    if wanted.backend_config:
        from statectl.by_backend_file import find_by_backend_file  # noqa: PLC0415 (its parser is slow to load)

        return find_by_backend_file(wanted.backend_config)
    return _by_name(wanted)


def _by_name(wanted: Wanted) -> KnownBackend:
    bucket, region = wanted.bucket, wanted.region
    if not bucket or not region:
        raise RefusalError("--bucket needs --region", next_step="name the bucket's region", code=ExitCode.USAGE)
    lock = wanted.lock or (Lock.BOTH if wanted.table else Lock.LOCKFILE)
    if lock.uses_table and not wanted.table:
        raise RefusalError(f"--lock {lock} needs --table", next_step="name the lock table", code=ExitCode.USAGE)
    return KnownBackend(
        source=f"bucket {bucket}",
        location=Location(bucket=bucket, region=region, lock=lock, table=wanted.table),
    )

"""Which keys the state files of a folder go to: each to the key of its relative path, workspaces to theirs.

Terraform's local backend keeps workspaces other than the default at ``terraform.tfstate.d/<workspace>/``.
Source: https://developer.hashicorp.com/terraform/language/backend/local
"""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from statectl.move.local_file import STATE_FILE
from statefile.keys import workspace_key

WORKSPACES = f"{STATE_FILE}.d"
"""The folder of workspaces, beside the default one's file."""
_NOT_LOOKED_IN = ".terraform"
"""Holds a file of the same name that is no state: which backend Terraform was initialised with."""


def state_files(folder: Path, key: str | None, *, prefix: str, workspace_prefix: str) -> dict[Path, str]:
    """The state files of a folder, each with the key that it goes to.

    :param key: the key of the state in the folder itself, and then of no other; ``None`` for all below it.
    :param prefix: before the relative path, where no key is named.
    """
    found = {}
    for path in sorted(_files(folder, whole=key is None)):
        parts = path.relative_to(folder).parent.parts
        workspace = "default"
        if WORKSPACES in parts[-2:-1]:
            workspace, parts = parts[-1], parts[:-2]
        base = key or prefix + str(PurePosixPath(*parts, STATE_FILE))
        found[path] = workspace_key(workspace, base, prefix=workspace_prefix)
    return found


def _files(folder: Path, *, whole: bool) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        here = Path(path)
        inside = here.relative_to(folder).parts
        folders[:] = sorted(name for name in folders if name != _NOT_LOOKED_IN)
        if not whole and not inside:
            folders[:] = [name for name in folders if name == WORKSPACES]
        # Nothing but a workspace's own folder is in there.
        if inside[-1:] == (WORKSPACES,):
            continue
        if STATE_FILE in files:
            yield here / STATE_FILE

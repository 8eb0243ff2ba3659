"""The passphrase that a stack's secrets are under while its state is in files of this computer."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from statectl.bootstrap.stack_file import StackFile
from statectl.exit_code import ExitCode
from statectl.private_file import write_private
from statectl.refusal import RefusalError

GIVEN = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
"""Where Pulumi looks for it: https://www.pulumi.com/docs/iac/cli/environment-variables/"""


def passphrase_file(stack_file: StackFile, file: Path, *, dry_run: bool = False) -> Mapping[str, str]:
    """What Pulumi's environment needs beside what the user gave.

    Where the user gives no passphrase and the stack has none yet, one is made and kept in a file of its own.

    :param file: where it is kept.
    :param dry_run: whether none is made.
    :raises statectl.refusal.RefusalError: where the stack has one that was not given.
    """
    if any(name in os.environ for name in GIVEN):
        return {}
    if not file.is_file():
        if stack_file.salt is not None:
            raise RefusalError(
                f"{stack_file.path.name} is under a passphrase, and none is given",
                next_step="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
                code=ExitCode.USAGE,
            )
        if not dry_run:
            write_private(file, secrets.token_urlsafe(32).encode())
    return {GIVEN[1]: str(file.resolve())}

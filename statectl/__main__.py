"""``statectl`` and ``python -m statectl``: runs a command; what stops it becomes one line and an exit code."""

import os
import sys
from collections.abc import Sequence

from statectl.app import run
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.talk import complain


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of a command (:class:`statectl.exit_code.ExitCode`; 130 where Ctrl-C ended it)."""
    try:
        run(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FINE
    except RefusalError as refusal:
        complain(str(refusal), refusal.next_step)
        return refusal.code
    except BrokenPipeError:
        # Whoever read has seen enough; Python would complain once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FINE
    except KeyboardInterrupt:
        complain("stopped", "")
        return 130
    except Exception as error:
        return _of_store(error)
    return ExitCode.FINE


def _of_store(error: Exception) -> int:
    # Only after something went wrong, since it loads boto3.
    from store.failures import (  # noqa: PLC0415
        ChangedMeanwhileError,
        CredentialsError,
        DeniedError,
        LockedError,
        StoreFailureError,
    )

    if not isinstance(error, StoreFailureError):
        raise error
    complain(str(error), error.next_step)
    if isinstance(error, DeniedError | CredentialsError):
        return ExitCode.DENIED
    return ExitCode.LOCKED if isinstance(error, LockedError | ChangedMeanwhileError) else ExitCode.FAILED


if __name__ == "__main__":
    sys.exit(main())

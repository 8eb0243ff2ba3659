"""Why a command does not do what was asked, for reasons of its own."""

from statectl.exit_code import ExitCode


class RefusalError(Exception):
    """One line for the user.

    :param message: what is wrong: the key, the value.
    :param next_step: what to do about it.
    :param code: what the command ends with.
    """

    def __init__(self, message: str, *, next_step: str = "", code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.next_step = next_step
        self.code = code

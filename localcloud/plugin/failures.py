"""What can go wrong, in the words that the user reads."""

from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError


class RefusalError(Exception):
    """A failure whose text is written for the user."""


def explain(error: BaseException) -> str:
    """The operation of AWS, its code and its message; for other failures their own text."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "unknown")
        message = error.response.get("Error", {}).get("Message", "no message")
        return f"AWS refused {error.operation_name}: {code}: {message}"
    if isinstance(error, ParamValidationError):
        # Found before a call is made; the report is a line for each value under a heading.
        return f"AWS takes no such value: {'; '.join(str(error.kwargs['report']).splitlines())}"
    if isinstance(error, BotoCoreError):
        return f"the emulated AWS could not be asked: {error}"
    if isinstance(error, RefusalError):
        return str(error)
    return f"the stand-in aws plugin failed: {type(error).__name__}: {error}"


def code_of(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


class absent(suppress):  # noqa: N801  (a context manager, as contextlib names them)
    """Passes over AWS saying that something is not there; every other error goes on."""

    def __init__(self, *codes: str) -> None:
        super().__init__(ClientError)
        self._codes = codes

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        """Swallow the error if its code is one of those given."""
        return isinstance(error, ClientError) and code_of(error) in self._codes

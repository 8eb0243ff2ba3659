"""The error that a newcomer is meant to read: what is wrong and what to do, in one line."""


class Failure(Exception):  # noqa: N818  (it is shown to people, who know it by its message)
    """One line for the user; `details`, such as the end of a log, follow it where they help."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details

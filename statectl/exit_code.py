"""What ``statectl`` ends with, for scripts. Fixed: a new meaning gets a new number."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes; each says its ``meaning``."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "ExitCode":
        """A code with what it means."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    FINE = 0, "It did what was asked, and what it looked at is in order."
    FAILED = 1, "It could not do what was asked; nothing was lost, and the message says the next step."
    USAGE = 2, "It was called in a way that it does not know, or needs a person's yes and none was there."
    FOUND = 3, "It looked, and found something that is not in order."
    LOCKED = 4, "Somebody holds the lock, or was faster."
    DENIED = 5, "AWS refused, or knows no such credentials."

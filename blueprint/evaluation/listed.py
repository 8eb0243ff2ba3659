"""A value of a policy document that may stand alone or in a list."""

from typing import Any


def listed(value: Any) -> tuple[str, ...]:
    """The values as text; booleans and numbers as JSON writes them.

    :raises ValueError: where it is neither a value nor a list of values.
    """
    if isinstance(value, list | tuple):
        return tuple(part for one in value for part in listed(one))
    if isinstance(value, bool):
        return (str(value).lower(),)
    if isinstance(value, str | int | float):
        return (str(value),)
    raise ValueError(f"{value!r} is no text")

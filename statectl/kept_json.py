"""What is kept as JSON, beside the states or beside an export, and read by another run later."""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

Kept = TypeVar("Kept")


class UnreadableJsonError(ValueError):
    """What lies in the place of what was kept is something else."""


def parse_kept(shape: TypeAdapter[Kept], text: bytes) -> Kept:
    """Read what was kept.

    :raises UnreadableJsonError: where it is something else, with the first field that is not as it should be.
    """
    try:
        return shape.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise UnreadableJsonError(f"{where}: {first['msg']}") from None


def render_kept(shape: TypeAdapter[Kept], value: Kept) -> bytes:
    """What is kept: a key to a line, so that versions can be compared."""
    plain: Any = shape.dump_python(value, mode="json")
    return (json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

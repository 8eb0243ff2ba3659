"""Property values as the engine sends them, and as the rest of the plugin sees them.

The engine wraps a secret in an object with a signature and sends a sentinel string for a value that is not known
yet. Inside the plugin a secret is its plain value and an unknown value is `UNKNOWN`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeAlias

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  (the protocol's mark of a secret, not a secret)

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SENTINELS: Final = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class _Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""A value that the engine learns only when something else has been created."""

Properties: TypeAlias = dict[str, Any]
"""Properties of a resource by their camelCase name: JSON values, and `UNKNOWN`."""


def decode(struct: struct_pb2.Struct) -> Properties:
    """The plain values of `struct`: secrets unwrapped, null properties left out."""
    return {
        name: _plain(value) for name, value in struct.fields.items() if value.WhichOneof("kind") != "null_value"
    }


def secrets(struct: struct_pb2.Struct) -> set[str]:
    """The names of the properties of `struct` that are secret, or hold a secret somewhere."""
    return {name for name, value in struct.fields.items() if _holds_secret(value)}


def encode(properties: Mapping[str, Any], secret: Collection[str] = ()) -> struct_pb2.Struct:
    """The `Struct` of `properties`; those named in `secret` are wrapped. None is left out."""
    struct = struct_pb2.Struct()
    struct.update(
        {
            name: {SIGNATURE: SECRET, "value": _wire(value)} if name in secret else _wire(value)
            for name, value in properties.items()
            if value is not None
        }
    )
    return struct


def has_unknown(value: Any) -> bool:
    """Whether `value` is `UNKNOWN` or holds it somewhere."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


def unwrap(value: Any) -> Any:
    """JSON that the engine sent as text, without the wrappers of secrets and with `UNKNOWN` for sentinels."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return unwrap(value.get("value"))
        return {name: unwrap(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    return UNKNOWN if isinstance(value, str) and value in _SENTINELS else value


def _plain(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        if _is_secret(value):
            return _plain(value.struct_value.fields["value"])
        return decode(value.struct_value)
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in _SENTINELS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _is_secret(value: struct_pb2.Value) -> bool:
    return value.struct_value.fields[SIGNATURE].string_value == SECRET if _is_signed(value) else False


def _is_signed(value: struct_pb2.Value) -> bool:
    return value.WhichOneof("kind") == "struct_value" and SIGNATURE in value.struct_value.fields


def _holds_secret(value: struct_pb2.Value) -> bool:
    if _is_secret(value):
        return True
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return any(_holds_secret(item) for item in value.struct_value.fields.values())
    return kind == "list_value" and any(_holds_secret(item) for item in value.list_value.values)


def _wire(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _wire(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return UNKNOWN_STRING if value is UNKNOWN else value

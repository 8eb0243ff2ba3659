"""What the installed `pulumi-aws` knows: resources, their properties and the provider's settings.

The classes of the Python package are generated from the schema of the real plugin of the same version, so they
say which names exist, how they nest and which are required.
"""

import importlib
import inspect
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

# The one place of the SDK that relates a class's names to the schema's; the generated code uses it as well.
from pulumi import _types


@dataclass(frozen=True)
class Known:
    """A group of properties by their camelCase names, and which of them are required."""

    name: str
    properties: Mapping[str, "KnownProperty"]
    required: frozenset[str] = frozenset()
    outputs: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True)
class KnownProperty:
    """The form of one property: `type` of JSON Schema, for an array the type of its items as `items`.

    `parts` describes an object, or the objects in an array. Without it an object has names of its own choice.
    """

    type: str
    items: str = ""
    parts: Known | None = None


@cache
def aws_version() -> str:
    """The version of the installed `pulumi-aws`, which is that of the plugin it asks for."""
    return version("pulumi-aws")


@cache
def resource(token: str) -> Known | None:
    """The resource of a type token such as `aws:s3/bucket:Bucket`; None when `pulumi-aws` has none."""
    package, _, rest = token.partition(":")
    module, _, name = rest.partition(":")
    if package != "aws" or not name:
        return None
    try:
        classes = importlib.import_module(f"pulumi_aws.{module.partition('/')[0]}")
    except ImportError:
        return None
    cls = getattr(classes, name, None)
    if cls is None or getattr(cls, "pulumi_type", None) != token:
        return None
    # The generator calls it InitArgs where the shorter name belongs to a nested type.
    arguments = getattr(classes, f"{name}InitArgs", None) or getattr(classes, f"{name}Args")
    known = _group(arguments)
    return Known(token, known.properties, known.required, frozenset(_types.resource_pulumi_to_py_names(cls)))


@cache
def provider_settings() -> Known:
    """The settings of the provider itself."""
    return _group(importlib.import_module("pulumi_aws").ProviderArgs)


@cache
def _group(cls: type[Any]) -> Known:
    parameters = inspect.signature(cls).parameters
    names = _types.input_type_py_to_pulumi_names(cls)
    required = {name for py, name in names.items() if parameters[py].default is inspect.Parameter.empty}
    types = _types.input_type_types(cls)
    properties = {name: _property(types.get(name, Any)) for name in names.values()}
    return Known(cls.__name__.removesuffix("Args"), properties, frozenset(required))


def _property(hint: Any) -> KnownProperty:
    choices = _choices(hint)
    scalars = {bool: "boolean", int: "integer", float: "number", str: "string"}
    for choice in choices:
        # Text is said first: a policy may be text or an object, and both are taken as they come.
        if choice in scalars:
            return KnownProperty(scalars[choice] if len(choices) == 1 else "any")
    for choice in choices:
        origin = typing.get_origin(choice)
        if inspect.isclass(origin) and issubclass(origin, Mapping):
            return KnownProperty("object")
        if origin is not None:
            item = _property(typing.get_args(choice)[0])
            return KnownProperty("array", item.type, item.parts)
        if isinstance(choice, type) and _types.is_input_type(choice):
            return KnownProperty("object", "", _group(choice))
    return KnownProperty("any")


def _choices(hint: Any) -> list[Any]:
    """The types that a value may have once it is known: without the forms of an output and without None."""
    if typing.get_origin(hint) is not typing.Union:
        return [hint]
    deferred = ("Awaitable", "Output", "NoneType")
    return [
        choice
        for choice in typing.get_args(hint)
        if getattr(typing.get_origin(choice) or choice, "__name__", "") not in deferred
    ]

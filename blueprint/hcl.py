"""Writes HCL: arguments and blocks as ``terraform fmt`` leaves them, every value as it was given.

Source: https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

import json
from collections.abc import Mapping
from textwrap import indent


def to_hcl(arguments: Mapping[str, object]) -> str:
    """The arguments, one to a line: as they stand, a file for ``terraform init -backend-config=FILE``.

    :param arguments: strings, booleans, numbers, and lists and maps of them.
    """
    width = max((len(name) for name in arguments), default=0)
    return "".join(f"{name:<{width}} = {_expression(value)}\n" for name, value in arguments.items())


def block(header: str, body: str) -> str:
    """A block around lines that end in a line break.

    :param header: what stands before the brace: the block's type and labels, or the name of a map and ``=``.
    """
    return f"{header} {{\n{indent(body, '  ')}}}\n"


def without_templates(value: str) -> str:
    """The text as it has to stand where templates are read: ``${`` and ``%{`` would start one."""
    return value.replace("${", "$${").replace("%{", "%%{")


def _expression(value: object) -> str:
    if isinstance(value, Mapping):
        items = ", ".join(f"{_string(str(name))} = {_expression(item)}" for name, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_expression(item) for item in value)}]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _string(value: str) -> str:
    """A quoted string: HCL escapes as JSON does."""
    return without_templates(json.dumps(value, ensure_ascii=False))

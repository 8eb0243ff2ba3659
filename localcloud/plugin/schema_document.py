"""The provider's schema as the engine asks for it: the kinds of resources that the stand-in does."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import schema
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.schema import Known, KnownProperty


def document(kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The schema of `kinds`, in Pulumi's format."""
    types: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    for token in sorted(kinds):
        known = schema.resource(token)
        if known is not None:
            group = _group(known, types)
            outputs = {name: {"type": "string"} for name in sorted(known.outputs - known.properties.keys())}
            resources[token] = {
                "inputProperties": group["properties"],
                "requiredInputs": group["required"],
                "properties": {**group["properties"], **outputs},
            }
    return {"name": "aws", "version": schema.aws_version(), "types": types, "resources": resources}


def _group(known: Known, types: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _property(part, types) for name, part in known.properties.items()}
    return {"properties": properties, "required": sorted(known.required)}


def _property(part: KnownProperty, types: dict[str, Any]) -> dict[str, Any]:
    if part.type == "array":
        return {"type": "array", "items": _property(KnownProperty(part.items, parts=part.parts), types)}
    if part.parts:
        token = f"aws:index/{part.parts.name}:{part.parts.name}"
        if token not in types:
            types[token] = {"type": "object"}
            types[token] |= _group(part.parts, types)
        return {"$ref": f"#/types/{token}"}
    if part.type == "object":
        return {"type": "object", "additionalProperties": {"type": "string"}}
    return {"$ref": "pulumi.json#/Any"} if part.type == "any" else {"type": part.type}

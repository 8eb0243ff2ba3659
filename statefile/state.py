"""What a state says of itself, read without keeping any of its values.

The format is Terraform's version 4, which Terraform 0.12 and later and OpenTofu write
(https://developer.hashicorp.com/terraform/internals/json-format describes what is shown of it;
the file itself is of no promised shape, so whatever is not needed here is skipped).
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FORMAT = 4
"""The version of the format that is read here."""
MAX_SERIAL = 2**64 - 1
"""Terraform counts in 64 bits."""


class UnreadableStateError(ValueError):
    """Some bytes are not a state that can be trusted; the message says why, and shows none of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A state, without the values in it.

    :param serial: how often it was written; Terraform refuses to replace a state by one with a lower serial.
    :param lineage: the id that all versions of one state share.
    :param terraform_version: the version of Terraform or OpenTofu that wrote it.
    :param resources: how many resource instances it holds, data sources included.
    :param outputs: the names of its outputs, in their order.
    :param encrypted: whether OpenTofu encrypted it; resources and outputs are hidden then.
    """

    serial: int
    lineage: str
    terraform_version: str
    resources: int
    outputs: tuple[str, ...]
    encrypted: bool


def parse_state(body: bytes) -> State:
    """Read a state.

    :raises UnreadableStateError: where it is empty, cut off, no JSON, no state, or of another format.
    """
    if not body.strip():
        raise UnreadableStateError("is empty")
    try:
        header = _Header.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableStateError(_reason(error)) from None
    if header.encrypted_data is not None:
        return _state(header, resources=0, outputs=())
    if header.version != FORMAT:
        raise UnreadableStateError(
            "says no version of its format" if header.version is None else f"is of format version {header.version}"
        )
    try:
        content = _Content.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableStateError(_reason(error)) from None
    return _state(
        header,
        resources=sum(len(resource.instances or ()) for resource in content.resources or ()),
        outputs=tuple(content.outputs or ()),
    )


def digest(body: bytes) -> str:
    """What Terraform keeps in the lock table to recognise the state it wrote last: its MD5, in hexadecimal."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def guess_serial(body: bytes) -> int | None:
    """The serial of what may be half a state: the first that its beginning names."""
    found = re.search(rb'"serial"\s*:\s*(\d{1,20})\b', body[:4096])
    return min(int(found[1]), MAX_SERIAL) if found else None


class _Skimmed(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Header(_Skimmed):
    version: int | None = None
    serial: Annotated[int, Field(ge=0, le=MAX_SERIAL)]
    lineage: str
    terraform_version: str = ""
    encrypted_data: str | None = None
    # Only there with encryption; what it says is OpenTofu's own.
    encryption_version: str | None = None


class _Nothing(_Skimmed):
    """Anything that is an object, and nothing of it."""


class _Resource(_Skimmed):
    instances: list[_Nothing] | None = None


class _Content(_Skimmed):
    resources: list[_Resource] | None = None
    outputs: dict[str, _Nothing] | None = None


def _state(header: _Header, *, resources: int, outputs: tuple[str, ...]) -> State:
    return State(
        serial=header.serial,
        lineage=header.lineage,
        terraform_version=header.terraform_version,
        resources=resources,
        outputs=outputs,
        encrypted=header.encrypted_data is not None,
    )


def _reason(error: ValidationError) -> str:
    """The first thing that is wrong. Pydantic's own words would show values."""
    detail = error.errors(include_url=False, include_context=True, include_input=False)[0]
    where = ".".join(str(part) for part in detail["loc"][:3])
    if detail["type"] == "json_invalid":
        text = str(detail.get("ctx", {}).get("error", ""))
        if "recursion limit" in text:
            return "is nested too deeply"
        return "is cut off" if "EOF" in text else "is not JSON"
    if detail["type"] == "missing":
        return f"has no {where}"
    if not where:
        return "is not a JSON object"
    return f"has a {where} that is none"

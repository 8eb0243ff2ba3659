"""Which resources of a state are a backend's own: whoever made it with Terraform keeps it in some state."""

import re
from collections.abc import Mapping
from typing import Any

from statefile.instances import read_content

_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')


def addresses_of(body: bytes, *, bucket: str, table: str | None, key_arn: str | None) -> tuple[str, ...]:
    """The addresses of the bucket, its settings, its lock table and its key in a state, in their order.

    Data sources are none: they only look.

    :raises statefile.state.UnreadableStateError: where the bytes are no state.
    """
    wanted = {"bucket": bucket, "table": table, "key": key_arn}
    return tuple(
        address
        for address, values in read_content(body).instances.items()
        if _is_one(address, values.values, wanted)
    )


def _is_one(address: str, attributes: Any, wanted: Mapping[str, str | None]) -> bool:
    if not isinstance(attributes, Mapping):
        return False
    parts = _INDEX.sub("", address).split(".")
    type_ = "" if "data" in parts[:-2] else next((part for part in parts if part.startswith("aws_")), "")
    by_type = {
        "aws_s3_bucket": ("bucket", "bucket"),
        "aws_dynamodb_table": ("name", "table"),
        "aws_kms_key": ("arn", "key"),
        "aws_kms_alias": ("target_key_arn", "key"),
    }
    attribute, which = by_type.get(type_, ("bucket", "bucket") if type_.startswith("aws_s3_bucket_") else ("", ""))
    named = wanted.get(which)
    return named is not None and attributes.get(attribute) == named

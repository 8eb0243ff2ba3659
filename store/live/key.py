"""The settings of a KMS key and of its alias."""

import json
from collections.abc import Mapping
from typing import Any

from store.failures import NotThereError, explained
from store.live.reading import Live, Reading, tags


def live_key(kms: Any, alias: str, arn: str = "") -> Live:
    """The settings of a key.

    ``alias`` among them is the ARN that the alias leads to, ``None`` where there is no such alias.

    :param kms: a KMS client of the key's region.
    :param arn: the key; empty for the one that the alias leads to, whose ARN is then told too.
    """
    reading = Reading(f"key {alias}")
    key = {"KeyId": arn or alias}
    reading.ask(
        "kms:DescribeKey",
        ["arn", "state", "description"],
        lambda: _metadata(kms.describe_key(**key)["KeyMetadata"]),
    )
    reading.ask("kms:DescribeKey", ["alias"], lambda: [_leads_to(kms, alias)])
    if not arn:
        # The other calls take no alias.
        arn = reading.found("arn", needed_for=["rotation", "policy", "tags"])
    if not arn:
        return reading.done()
    key = {"KeyId": arn}
    reading.ask(
        "kms:GetKeyRotationStatus",
        ["rotation"],
        lambda: [kms.get_key_rotation_status(**key)["KeyRotationEnabled"]],
    )
    reading.ask(
        "kms:GetKeyPolicy",
        ["policy"],
        lambda: [json.loads(kms.get_key_policy(**key, PolicyName="default")["Policy"])],
    )
    reading.ask("kms:ListResourceTags", ["tags"], lambda: [_tags(kms, key)])
    return reading.done()


def _metadata(key: Mapping[str, Any]) -> list[Any]:
    state = {"KeyState": key["KeyState"], "KeyManager": key["KeyManager"], "MultiRegion": key["MultiRegion"]}
    return [key["Arn"], state, key.get("Description", "")]


def _leads_to(kms: Any, alias: str) -> str | None:
    try:
        with explained("kms:DescribeKey", f"key {alias}"):
            return str(kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    except NotThereError:
        return None


def _tags(kms: Any, key: Mapping[str, str]) -> dict[str, str]:
    pages = kms.get_paginator("list_resource_tags").paginate(**key)
    return tags((tag for page in pages for tag in page["Tags"]), key="TagKey", value="TagValue")

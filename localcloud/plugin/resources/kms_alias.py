"""`aws:kms/alias:Alias`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class Alias(Kind):
    """A name of a key. Its id is the name, which begins with `alias/`."""

    resource_type = "aws:kms/alias:Alias"
    naming = "name"
    replaces = frozenset({"name"})
    outputs = ("arn", "targetKeyArn")
    properties = Record(fields={"name": Leaf("AliasName"), "targetKeyId": Leaf("TargetKeyId", codec=codecs.KEY)})

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateAlias."""
        region.client("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return str(inputs["name"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """UpdateAlias."""
        region.client("kms").update_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])

    def read(self, region: Region, name: str) -> Properties | None:
        """ListAliases: no call describes a single one."""
        for page in region.client("kms").get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                if alias["AliasName"] == name:
                    key = alias["TargetKeyId"]
                    prefix = alias["AliasArn"].partition(":alias/")[0]
                    return {
                        "name": name,
                        "targetKeyId": key,
                        "arn": alias["AliasArn"],
                        "targetKeyArn": f"{prefix}:key/{key}",
                    }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteAlias."""
        with failures.absent("NotFoundException"):
            region.client("kms").delete_alias(AliasName=name)

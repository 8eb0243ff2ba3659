"""`aws:s3/bucketOwnershipControls:BucketOwnershipControls`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class BucketOwnershipControls(BucketSetting):
    """Who owns what others write, and with it whether ACLs count."""

    resource_type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    put, get, remove = (
        "put_bucket_ownership_controls",
        "get_bucket_ownership_controls",
        "delete_bucket_ownership_controls",
    )
    argument = "OwnershipControls"
    missing = ("OwnershipControlsNotFoundError",)
    properties = Record(
        fields={"bucket": Leaf(), "rule": Record(fields={"objectOwnership": Leaf("ObjectOwnership")})}
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        """AWS takes a list of exactly one rule."""
        return {self.argument: {"Rules": [{"ObjectOwnership": inputs["rule"]["objectOwnership"]}]}}

    def answer(self, found: Mapping[str, Any]) -> Properties:
        """The one rule."""
        rules = found.get(self.argument, {}).get("Rules", ())
        return {"rule": {"objectOwnership": rules[0]["ObjectOwnership"]}} if rules else {}

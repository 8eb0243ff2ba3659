"""`aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.resources.public_access import BLOCKS
from localcloud.plugin.shape import Leaf, Record


class BucketPublicAccessBlock(BucketSetting):
    """What the bucket refuses of public access."""

    resource_type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    put, get, remove = "put_public_access_block", "get_public_access_block", "delete_public_access_block"
    argument = "PublicAccessBlockConfiguration"
    missing = ("NoSuchPublicAccessBlockConfiguration",)
    properties = Record(fields={"bucket": Leaf(), "skipDestroy": Leaf(), **BLOCKS})

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeletePublicAccessBlock, unless the program wants it to stay."""
        if not state.get("skipDestroy"):
            super().delete(region, name, state)

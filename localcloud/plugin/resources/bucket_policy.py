"""`aws:s3/bucketPolicy:BucketPolicy`."""

from typing import Any

from localcloud.plugin import codecs
from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class BucketPolicy(BucketSetting):
    """Who may do what with the bucket. Two documents are the same when they mean the same."""

    resource_type = "aws:s3/bucketPolicy:BucketPolicy"
    put, get, remove = "put_bucket_policy", "get_bucket_policy", "delete_bucket_policy"
    argument, wrapped = "Policy", False
    missing = ("NoSuchBucketPolicy",)
    properties = Record(fields={"bucket": Leaf(), "policy": Leaf("Policy", codec=codecs.DOCUMENT)})

    def request(self, inputs: Properties) -> dict[str, Any]:
        """The document as text."""
        return {"Policy": codecs.DOCUMENT.to_aws(inputs["policy"])}

"""`aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, shape
from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.shape import Leaf, Many, Record
from localcloud.plugin.wire import Properties

_SIZES = {
    "objectSizeGreaterThan": Leaf("ObjectSizeGreaterThan"),
    "objectSizeLessThan": Leaf("ObjectSizeLessThan"),
}
_FILTER = {
    "and": Record("And", {"prefix": Leaf("Prefix"), "tags": Leaf("Tags", codec=codecs.TAGS), **_SIZES}),
    # A filter without anything, or none at all, is one for every object: the empty prefix.
    "prefix": Leaf("Prefix", default=""),
    "tag": Record("Tag", {"key": Leaf("Key"), "value": Leaf("Value")}),
    **_SIZES,
}
_RULE = {
    "id": Leaf("ID"),
    "status": Leaf("Status"),
    "prefix": Leaf("Prefix", default=""),
    "filter": Record("Filter", _FILTER, default={}),
    "abortIncompleteMultipartUpload": Record(
        "AbortIncompleteMultipartUpload", {"daysAfterInitiation": Leaf("DaysAfterInitiation")}
    ),
    "expiration": Record(
        "Expiration",
        {
            "date": Leaf("Date", codec=codecs.DATE),
            "days": Leaf("Days", default=0),
            "expiredObjectDeleteMarker": Leaf("ExpiredObjectDeleteMarker", default=False),
        },
    ),
    "noncurrentVersionExpiration": Record(
        "NoncurrentVersionExpiration",
        {
            "noncurrentDays": Leaf("NoncurrentDays"),
            "newerNoncurrentVersions": Leaf("NewerNoncurrentVersions"),
        },
    ),
    "noncurrentVersionTransitions": Many(
        "NoncurrentVersionTransitions",
        Record(
            fields={
                "noncurrentDays": Leaf("NoncurrentDays"),
                "newerNoncurrentVersions": Leaf("NewerNoncurrentVersions"),
                "storageClass": Leaf("StorageClass"),
            }
        ),
        ordered=False,
    ),
    "transitions": Many(
        "Transitions",
        Record(
            fields={
                "date": Leaf("Date", codec=codecs.DATE),
                "days": Leaf("Days"),
                "storageClass": Leaf("StorageClass"),
            }
        ),
        ordered=False,
    ),
}


class BucketLifecycle(BucketSetting):
    """What the bucket moves, and what it deletes, with time."""

    resource_type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    put, get, remove = (
        "put_bucket_lifecycle_configuration",
        "get_bucket_lifecycle_configuration",
        "delete_bucket_lifecycle",
    )
    argument, wrapped = "LifecycleConfiguration", False
    missing = ("NoSuchLifecycleConfiguration",)
    properties = Record(
        fields={
            "bucket": Leaf(),
            "rules": Many("Rules", Record(fields=_RULE)),
            "transitionDefaultMinimumObjectSize": Leaf("TransitionDefaultMinimumObjectSize", computed=True),
        }
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        """The smallest size is a parameter of its own, and AWS wants a filter in every rule."""
        told = shape.to_aws(self.properties, inputs)
        size = told.pop("TransitionDefaultMinimumObjectSize", None)
        for rule in told.get("Rules", ()):
            if not rule.get("Filter") and "Prefix" not in rule:
                rule["Filter"] = {"Prefix": ""}
        return {self.argument: told, **({"TransitionDefaultMinimumObjectSize": size} if size else {})}

    def answer(self, found: Mapping[str, Any]) -> Properties:
        """A bucket without rules has no lifecycle."""
        return shape.from_aws(self.properties, found) if found.get("Rules") else {}

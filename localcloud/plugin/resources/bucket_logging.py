"""`aws:s3/bucketLogging:BucketLogging`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import failures, shape
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class BucketLogging(BucketSetting):
    """Where the bucket writes who accessed it."""

    resource_type = "aws:s3/bucketLogging:BucketLogging"
    put, get = "put_bucket_logging", "get_bucket_logging"
    argument = "LoggingEnabled"
    properties = Record(
        fields={
            "bucket": Leaf(),
            "targetBucket": Leaf("TargetBucket"),
            "targetPrefix": Leaf("TargetPrefix"),
            "targetObjectKeyFormat": Record(
                "TargetObjectKeyFormat",
                {
                    "partitionedPrefix": Record(
                        "PartitionedPrefix", {"partitionDateSource": Leaf("PartitionDateSource")}
                    ),
                    "simplePrefix": Record("SimplePrefix"),
                },
            ),
        }
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        """The call takes it one level deeper than the answer shows it."""
        return {"BucketLoggingStatus": {self.argument: shape.to_aws(self.properties, inputs)}}

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """PutBucketLogging with nothing: there is no call that deletes it."""
        with failures.absent("NoSuchBucket"):
            region.client("s3").put_bucket_logging(Bucket=name, BucketLoggingStatus={})

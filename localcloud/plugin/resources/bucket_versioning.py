"""`aws:s3/bucketVersioning:BucketVersioning`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import failures, shape
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class BucketVersioning(BucketSetting):
    """Whether the bucket keeps old versions. A bucket cannot go back to never having had versions."""

    resource_type = "aws:s3/bucketVersioning:BucketVersioning"
    put, get = "put_bucket_versioning", "get_bucket_versioning"
    argument, wrapped = "VersioningConfiguration", False
    properties = Record(
        fields={
            "bucket": Leaf(),
            "versioningConfiguration": Record(
                fields={"status": Leaf("Status"), "mfaDelete": Leaf("MFADelete", computed=True)}
            ),
        }
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        """AWS has no level above the status."""
        part = self.properties.fields["versioningConfiguration"]
        assert isinstance(part, Record)  # noqa: S101  (narrows the type)
        return {self.argument: shape.to_aws(part, inputs["versioningConfiguration"])}

    def answer(self, found: Mapping[str, Any]) -> Properties:
        """A bucket that never had versions answers without a status."""
        status = found.get("Status", "Disabled")
        return {"versioningConfiguration": {"status": status, "mfaDelete": found.get("MFADelete")}}

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """PutBucketVersioning, which does not take `Disabled`: that is how every bucket begins."""
        never = self.read(region, name) if inputs["versioningConfiguration"]["status"] == "Disabled" else None
        if never is None or never["versioningConfiguration"]["status"] != "Disabled":
            super().settle(region, name, inputs)

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """PutBucketVersioning with `Suspended`, as nearest to nothing as AWS offers."""
        if (state.get("versioningConfiguration") or {}).get("status") == "Enabled":
            with failures.absent("NoSuchBucket"):
                region.client("s3").put_bucket_versioning(
                    Bucket=name, VersioningConfiguration={"Status": "Suspended"}
                )

"""`aws:s3/bucket:Bucket`: the bucket itself; every setting of it is a resource of its own."""

from collections.abc import Mapping
from typing import Any, Final

from localcloud.plugin import codecs, failures, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.failures import RefusalError
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties

# https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints
HOSTED_ZONES: Final = {
    "us-east-1": "Z3AQBSTGFJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "sa-east-1": "Z7KQH4QJS55SO",
}


class Bucket(Kind):
    """A bucket, its tags, and whether deleting it may take its objects along."""

    resource_type = "aws:s3/bucket:Bucket"
    naming = "bucket"
    in_steps = True
    replaces = frozenset({"bucket", "objectLockEnabled"})
    outputs = (
        "arn",
        "bucketDomainName",
        "bucketRegion",
        "bucketRegionalDomainName",
        "hostedZoneId",
    )
    properties = Record(
        fields={
            "bucket": Leaf("Bucket"),
            "forceDestroy": Leaf(default=False),
            "objectLockEnabled": Leaf("ObjectLockEnabledForBucket", default=False),
            "tags": Leaf("Tagging.TagSet", codec=codecs.TAGS),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateBucket."""
        name = str(inputs["bucket"])
        s3 = region.client("s3")
        settings: dict[str, Any] = {}
        if region.name == "us-east-1":
            # There alone AWS answers the owner of an existing bucket as if it had just been made.
            with failures.absent("404", "NoSuchBucket"):
                s3.head_bucket(Bucket=name)
                raise RefusalError(f"AWS refused CreateBucket: BucketAlreadyOwnedByYou: {name} exists already")
        else:
            settings["CreateBucketConfiguration"] = {"LocationConstraint": region.name}
        if inputs.get("objectLockEnabled"):
            settings["ObjectLockEnabledForBucket"] = True
        s3.create_bucket(Bucket=name, **settings)
        return name

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """PutBucketTagging, or DeleteBucketTagging; neither where the tags are right."""
        s3, wanted = region.client("s3"), inputs["tagsAll"]
        if self._tags(region, name) == wanted:
            return
        if wanted:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": codecs.TAGS.to_aws(wanted)})
        else:
            s3.delete_bucket_tagging(Bucket=name)

    def read(self, region: Region, name: str) -> Properties | None:
        """HeadBucket, GetBucketTagging, GetObjectLockConfiguration."""
        s3 = region.client("s3")
        with failures.absent("404", "NoSuchBucket"):
            s3.head_bucket(Bucket=name)
            locked = False
            with failures.absent("ObjectLockConfigurationNotFoundError"):
                lock = s3.get_object_lock_configuration(Bucket=name).get("ObjectLockConfiguration", {})
                locked = lock.get("ObjectLockEnabled") == "Enabled"
            return {
                "bucket": name,
                "objectLockEnabled": locked,
                "tagsAll": self._tags(region, name),
                "arn": f"arn:{region.partition}:s3:::{name}",
                "bucketDomainName": f"{name}.s3.{region.dns_suffix}",
                "bucketRegion": region.name,
                "bucketRegionalDomainName": f"{name}.s3.{region.name}.{region.dns_suffix}",
                "hostedZoneId": HOSTED_ZONES.get(region.name, ""),
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteBucket; with `forceDestroy` after DeleteObjects of every version and every delete marker."""
        s3 = region.client("s3")
        with failures.absent("NoSuchBucket"):
            if state.get("forceDestroy"):
                self._empty(s3, name)
            s3.delete_bucket(Bucket=name)

    @staticmethod
    def _tags(region: Region, name: str) -> dict[str, str]:
        with failures.absent("NoSuchTagSet"):
            answer = region.client("s3").get_bucket_tagging(Bucket=name)
            return tagging.visible(codecs.TAGS.from_aws(answer["TagSet"]))
        return {}

    @staticmethod
    def _empty(s3: Any, name: str) -> None:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if found:
                objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
                answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
                for error in answer.get("Errors", ()):
                    raise RefusalError(
                        f"AWS refused DeleteObjects of {error.get('Key')}: "
                        f"{error.get('Code')}: {error.get('Message')}"
                    )

"""The functions of the aws provider that a program may call."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from localcloud.plugin.cloud import Cloud
from localcloud.plugin.failures import RefusalError
from localcloud.plugin.wire import Properties


def caller_identity(cloud: Cloud, _: Mapping[str, Any]) -> Properties:
    """`aws.get_caller_identity`."""
    who = cloud.caller
    return {"accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"], "id": who["Account"]}


def region(cloud: Cloud, arguments: Mapping[str, Any]) -> Properties:
    """`aws.get_region`; `description`, which is a name for people, is the region's name."""
    found = cloud.at(arguments.get("region") or arguments.get("name"))
    return {
        "region": found.name,
        "name": found.name,
        "id": found.name,
        "description": found.name,
        "endpoint": f"ec2.{found.name}.{found.dns_suffix}",
    }


def partition(cloud: Cloud, _: Mapping[str, Any]) -> Properties:
    """`aws.get_partition`."""
    found = cloud.at()
    return {
        "partition": found.partition,
        "id": found.partition,
        "dnsSuffix": found.dns_suffix,
        "reverseDnsPrefix": ".".join(reversed(found.dns_suffix.split("."))),
    }


def bucket_policy(cloud: Cloud, arguments: Mapping[str, Any]) -> Properties:
    """`aws.s3.get_bucket_policy`; the error for what does not exist is the provider's."""
    at, bucket = cloud.at(arguments.get("region")), arguments["bucket"]
    try:
        policy = at.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchBucket", "NoSuchBucketPolicy"}:
            raise RefusalError(f"reading S3 Bucket ({bucket}) Policy: couldn't find resource") from error
        raise
    return {"bucket": bucket, "policy": policy, "region": at.name, "id": bucket}


INVOKES: Final[Mapping[str, tuple[Callable[[Cloud, Mapping[str, Any]], Properties], frozenset[str]]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": (caller_identity, frozenset({"id"})),
    "aws:index/getRegion:getRegion": (region, frozenset({"name", "region"})),
    "aws:index/getPartition:getPartition": (partition, frozenset({"id"})),
    "aws:s3/getBucketPolicy:getBucketPolicy": (bucket_policy, frozenset({"bucket", "region"})),
}
"""The functions by token, each with the arguments that it takes."""

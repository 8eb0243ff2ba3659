"""The functions of the aws provider that a program may call."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.plugin.cloud import Cloud
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


INVOKES: Final[Mapping[str, tuple[Callable[[Cloud, Mapping[str, Any]], Properties], frozenset[str]]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": (caller_identity, frozenset({"id"})),
    "aws:index/getRegion:getRegion": (region, frozenset({"name", "region"})),
    "aws:index/getPartition:getPartition": (partition, frozenset({"id"})),
}
"""The functions by token, each with the arguments that it takes."""

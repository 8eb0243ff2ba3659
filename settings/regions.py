"""The regions of every AWS partition, and what differs between partitions.

Held against botocore's endpoint data by a test, so a region that AWS adds fails the test and not a user.
Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A group of regions with accounts, ARNs and host names of its own.

    :param name: the second part of every ARN in it.
    :param dns_suffix: what its service host names end in, also inside ``kms:ViaService``.
    :param regions: its regions, sorted.
    """

    name: str
    dns_suffix: str
    regions: tuple[str, ...]


PARTITIONS: tuple[Partition, ...] = (
    Partition(
        name="aws",
        dns_suffix="amazonaws.com",
        regions=(
            *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
            *("ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3"),
            *("ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1"),
            *("ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
            *("eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1"),
            *("mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
        ),
    ),
    Partition(name="aws-cn", dns_suffix="amazonaws.com.cn", regions=("cn-north-1", "cn-northwest-1")),
    Partition(name="aws-eusc", dns_suffix="amazonaws.eu", regions=("eusc-de-east-1",)),
    Partition(name="aws-iso", dns_suffix="c2s.ic.gov", regions=("us-iso-east-1", "us-iso-west-1")),
    Partition(name="aws-iso-b", dns_suffix="sc2s.sgov.gov", regions=("us-isob-east-1", "us-isob-west-1")),
    Partition(name="aws-iso-e", dns_suffix="cloud.adc-e.uk", regions=("eu-isoe-west-1",)),
    Partition(name="aws-iso-f", dns_suffix="csp.hci.ic.gov", regions=("us-isof-east-1", "us-isof-south-1")),
    Partition(name="aws-us-gov", dns_suffix="amazonaws.com", regions=("us-gov-east-1", "us-gov-west-1")),
)

REGIONS: tuple[str, ...] = tuple(region for partition in PARTITIONS for region in partition.regions)
"""Every region of every partition."""

_PARTITION_OF = {region: partition for partition in PARTITIONS for region in partition.regions}


def partition_of(region: str) -> Partition:
    """The partition that a region belongs to; ``KeyError`` for a region that is in none."""
    return _PARTITION_OF[region]

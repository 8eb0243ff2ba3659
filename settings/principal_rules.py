"""What must hold of the ARN of a role or user, wherever a setting names one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from settings.arns import account_in, partition_in
from settings.mistakes import Mistake
from settings.regions import REGIONS, partition_of

Read = Mapping[str, Any]
"""The settings that were read without a mistake of their own, by field name."""


def outside_account(key: str, principals: Sequence[str], read: Read) -> Iterator[Mistake]:
    """A mistake for each principal that is not of the stack's own account and partition."""
    yield from outside_partition(key, principals, read)
    account = read.get("account_id")
    for arn in principals:
        if account is not None and account_in(arn) != account:
            yield Mistake(
                key=key,
                value=arn,
                problem=f"is in another account than {account}",
                fix=f"name a role or user of account {account}",
            )


def outside_partition(key: str, principals: Sequence[str], read: Read) -> Iterator[Mistake]:
    """A mistake for each principal of another partition than the first region's."""
    region = read.get("region")
    if region not in REGIONS:
        return
    partition = partition_of(region).name
    for arn in principals:
        if partition_in(arn) != partition:
            yield Mistake(
                key=key,
                value=arn,
                problem=f"is not in partition {partition}, where {region} is",
                fix=f"write it as arn:{partition}:…",
            )

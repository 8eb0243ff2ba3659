"""The tables of a region that Terraform could lock with, and the buckets whose states they lock.

Source: https://developer.hashicorp.com/terraform/language/backend/s3#dynamodb-state-locking
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from store.failures import explained
from store.paging import each_page

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

HASH_KEY = "LockID"
"""The key by which Terraform finds a lock."""


def own_tables(dynamodb: DynamoDBClient) -> Iterator[str]:
    """The names of all tables of the client's region."""
    pages = dynamodb.get_paginator("list_tables").paginate()
    for page in each_page(pages, "dynamodb:ListTables", f"the tables in {dynamodb.meta.region_name}"):
        yield from page.get("TableNames", ())


def is_lock_table(dynamodb: DynamoDBClient, name: str) -> bool:
    """Whether a table has the hash key that Terraform demands."""
    with explained("dynamodb:DescribeTable", f"table {name}"):
        table = dynamodb.describe_table(TableName=name)["Table"]
    return any(key["AttributeName"] == HASH_KEY and key["KeyType"] == "HASH" for key in table.get("KeySchema", ()))


def buckets_locked_in(dynamodb: DynamoDBClient, name: str) -> frozenset[str]:
    """The buckets that the items of a lock table are about, as far as its first page tells: a megabyte of items.

    Each state that was written under the table leaves the item of its digest there for good.
    """
    with explained("dynamodb:Scan", f"table {name}"):
        page: Any = dynamodb.scan(TableName=name, ProjectionExpression=HASH_KEY)
    ids = (item.get(HASH_KEY, {}).get("S", "") for item in page.get("Items", ()))
    return frozenset(id_.split("/", 1)[0] for id_ in ids if "/" in id_)

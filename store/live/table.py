"""The settings of a lock table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.live.reading import Live, Reading, tags

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def live_table(dynamodb: DynamoDBClient, name: str) -> Live:
    """The settings of a table."""
    reading = Reading(f"table {name}")
    reading.ask(
        "dynamodb:DescribeTable",
        ["arn", "key", "billing", "encryption", "deletion-protection", "replicas"],
        lambda: _description(dynamodb.describe_table(TableName=name)["Table"]),
    )
    reading.ask("dynamodb:DescribeContinuousBackups", ["recovery"], lambda: [_recovery(dynamodb, name)])
    arn = reading.found("arn", needed_for=["tags"])
    if arn:
        reading.ask("dynamodb:ListTagsOfResource", ["tags"], lambda: [_tags(dynamodb, arn)])
    return reading.done()


def _description(table: Mapping[str, Any]) -> list[Any]:
    return [
        table["TableArn"],
        {
            "KeySchema": [dict(key) for key in table["KeySchema"]],
            "AttributeDefinitions": [dict(attribute) for attribute in table["AttributeDefinitions"]],
        },
        # Absent on a table that was never on demand.
        table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        _key(table.get("SSEDescription", {})),
        table.get("DeletionProtectionEnabled", False),
        [replica["RegionName"] for replica in table.get("Replicas", ())],
    ]


def _key(encryption: Mapping[str, Any]) -> str | None:
    """The key of KMS; a table that was under one can go on naming it when it is under DynamoDB's own again.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
    """
    return None if encryption.get("Status") in {"DISABLED", "DISABLING"} else encryption.get("KMSMasterKeyArn")


def _recovery(dynamodb: DynamoDBClient, name: str) -> str:
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus", "DISABLED")


def _tags(dynamodb: DynamoDBClient, arn: str) -> dict[str, str]:
    pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return tags(tag for page in pages for tag in page["Tags"])  # type: ignore[misc]

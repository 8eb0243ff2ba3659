"""`aws:dynamodb/table:Table`, without indexes, streams and replicas."""

import time
from collections.abc import Mapping
from typing import Any

from localcloud.plugin import failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.failures import RefusalError
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Many, Record
from localcloud.plugin.wire import Properties

_SECONDS = 120.0
_GONE = "ResourceNotFoundException"


class Table(Kind):
    """A table with its key, capacity, encryption, recovery, expiry of items, and tags."""

    resource_type = "aws:dynamodb/table:Table"
    naming = "name"
    in_steps = True
    # Without indexes an attribute is part of the key, and the key of a table is for ever.
    replaces = frozenset({"attributes", "hashKey", "name", "rangeKey"})
    outputs = ("arn",)
    properties = Record(
        fields={
            "attributes": Many(
                "AttributeDefinitions",
                Record(fields={"name": Leaf("AttributeName"), "type": Leaf("AttributeType")}),
                ordered=False,
            ),
            "billingMode": Leaf("BillingMode", default="PROVISIONED"),
            "deletionProtectionEnabled": Leaf("DeletionProtectionEnabled", default=False),
            "hashKey": Leaf(),
            "rangeKey": Leaf(),
            "name": Leaf("TableName"),
            "pointInTimeRecovery": Record(
                fields={"enabled": Leaf(default=False), "recoveryPeriodInDays": Leaf(computed=True)}, computed=True
            ),
            "readCapacity": Leaf("ProvisionedThroughput.ReadCapacityUnits", computed=True),
            "writeCapacity": Leaf("ProvisionedThroughput.WriteCapacityUnits", computed=True),
            "serverSideEncryption": Record(
                fields={"enabled": Leaf(default=False), "kmsKeyArn": Leaf(computed=True)}, computed=True
            ),
            "tableClass": Leaf("TableClass", default="STANDARD"),
            "tags": Leaf(),
            "ttl": Record(fields={"attributeName": Leaf(), "enabled": Leaf(default=False)}, computed=True),
        }
    )

    _IN_PLACE = ("billingMode", "deletionProtectionEnabled", "readCapacity", "tableClass", "writeCapacity")

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateTable, which encrypts, protects and tags it from the beginning."""
        told = shape.to_aws(self.properties, inputs)
        keys = (("hashKey", "HASH"), ("rangeKey", "RANGE"))
        told["KeySchema"] = [
            {"AttributeName": inputs[name], "KeyType": role} for name, role in keys if inputs.get(name)
        ]
        told.setdefault("BillingMode", "PROVISIONED")
        if encryption := inputs.get("serverSideEncryption"):
            told["SSESpecification"] = _encryption(encryption)
        if inputs["tagsAll"]:
            told["Tags"] = _tag_list(inputs["tagsAll"])
        region.client("dynamodb").create_table(**told)
        return str(inputs["name"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """UpdateTable, UpdateContinuousBackups, UpdateTimeToLive and tags: each where it differs."""
        dynamodb = region.client("dynamodb")
        arn = str(self._when_active(region, name)["TableArn"])
        now = self.read(region, name) or {}

        told = shape.to_aws(self.properties, self._different(self._IN_PLACE, now, inputs))
        throughput = told.pop("ProvisionedThroughput", None)
        if inputs.get("billingMode", "PROVISIONED") == "PROVISIONED" and (throughput or "BillingMode" in told):
            # Both capacities go together, also when only one of them changes.
            told["ProvisionedThroughput"] = {
                "ReadCapacityUnits": inputs.get("readCapacity"),
                "WriteCapacityUnits": inputs.get("writeCapacity"),
            }
        # A change of the class or of the encryption goes alone: AWS takes it with no other.
        steps = [{"TableClass": told.pop("TableClass")}] if "TableClass" in told else []
        steps += [told] if told else []
        if self._different(("serverSideEncryption",), now, inputs):
            steps.append({"SSESpecification": _encryption(inputs["serverSideEncryption"])})
        for step in steps:
            dynamodb.update_table(TableName=name, **step)
            self._when_active(region, name)

        if self._different(("pointInTimeRecovery",), now, inputs):
            wanted = inputs["pointInTimeRecovery"]
            period = wanted.get("recoveryPeriodInDays") if wanted.get("enabled") else None
            dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={
                    "PointInTimeRecoveryEnabled": bool(wanted.get("enabled")),
                    **({"RecoveryPeriodInDays": period} if period else {}),
                },
            )
        if self._different(("ttl",), now, inputs):
            before, wanted = now.get("ttl") or {}, inputs["ttl"]
            attribute = wanted.get("attributeName") or before.get("attributeName")
            if attribute:
                dynamodb.update_time_to_live(
                    TableName=name,
                    TimeToLiveSpecification={"AttributeName": attribute, "Enabled": bool(wanted.get("enabled"))},
                )
        tags = now.get("tagsAll", {})
        if gone := tagging.surplus(tags, inputs["tagsAll"]):
            dynamodb.untag_resource(ResourceArn=arn, TagKeys=gone)
        if new := tagging.missing(tags, inputs["tagsAll"]):
            dynamodb.tag_resource(ResourceArn=arn, Tags=_tag_list(new))

    def read(self, region: Region, name: str) -> Properties | None:
        """DescribeTable, DescribeContinuousBackups, DescribeTimeToLive, ListTagsOfResource."""
        dynamodb = region.client("dynamodb")
        with failures.absent(_GONE, "TableNotFoundException"):
            table = dynamodb.describe_table(TableName=name)["Table"]
            if table.get("TableStatus") == "DELETING":
                return None
            backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
            recovery = backups.get("PointInTimeRecoveryDescription", {})
            expiry = dynamodb.describe_time_to_live(TableName=name).get("TimeToLiveDescription", {})
            pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=table["TableArn"])
            tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
            keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
            encryption = table.get("SSEDescription", {})
            encrypts = encryption.get("Status") in ("ENABLED", "ENABLING", "UPDATING")
            recovers = recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
            flat = {
                **table,
                "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
                "TableClass": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
            }
            return {
                **shape.from_aws(self.properties, flat),
                "hashKey": keys["HASH"],
                "rangeKey": keys.get("RANGE"),
                "pointInTimeRecovery": {
                    "enabled": recovers,
                    "recoveryPeriodInDays": recovery.get("RecoveryPeriodInDays") if recovers else None,
                },
                "serverSideEncryption": {
                    "enabled": encrypts,
                    "kmsKeyArn": encryption.get("KMSMasterKeyArn") if encrypts else None,
                },
                "ttl": {
                    "enabled": expiry.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"),
                    "attributeName": expiry.get("AttributeName"),
                },
                "tagsAll": tagging.visible(tags),
                "arn": table["TableArn"],
            }
        return None

    def filled(self, live: Properties, given: Mapping[str, Any]) -> Properties:
        """AWS tells for how many days the table can be recovered; ministack does not."""
        recovery, wanted = live["pointInTimeRecovery"], given.get("pointInTimeRecovery") or {}
        if not recovery["enabled"] or recovery["recoveryPeriodInDays"]:
            return live
        days = wanted.get("recoveryPeriodInDays")
        return {**live, "pointInTimeRecovery": {**recovery, "recoveryPeriodInDays": days}}

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteTable, then wait until it is gone: its name may be wanted again."""
        dynamodb = region.client("dynamodb")
        end = time.monotonic() + _SECONDS
        with failures.absent(_GONE):
            dynamodb.delete_table(TableName=name)
            while time.monotonic() < end:
                dynamodb.describe_table(TableName=name)
                time.sleep(0.1)
            raise RefusalError(f"the table {name} was still being deleted after {_SECONDS:.0f} s")

    def _different(self, names: tuple[str, ...], now: Properties, inputs: Properties) -> Properties:
        """Of the properties `names` those that differ, as the inputs or else their defaults say them."""
        parts = self.properties.fields
        return {
            name: parts[name].default if inputs.get(name) is None else inputs[name]
            for name in names
            if any(shape.changes(parts[name], now.get(name), inputs.get(name)))
        }

    @staticmethod
    def _when_active(region: Region, name: str) -> Mapping[str, Any]:
        end = time.monotonic() + _SECONDS
        while True:
            table: Mapping[str, Any] = region.client("dynamodb").describe_table(TableName=name)["Table"]
            if table.get("TableStatus") == "ACTIVE":
                return table
            if time.monotonic() > end:
                raise RefusalError(
                    f"the table {name} was {table.get('TableStatus')} after {_SECONDS:.0f} s, not ACTIVE"
                )
            time.sleep(0.1)


def _encryption(wanted: Mapping[str, Any]) -> dict[str, Any]:
    if not wanted.get("enabled"):
        return {"Enabled": False}
    key = wanted.get("kmsKeyArn")
    return {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]

"""`aws:cloudwatch/logGroup:LogGroup`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties

_GONE = "ResourceNotFoundException"


class LogGroup(Kind):
    """A log group with its retention, encryption and tags."""

    resource_type = "aws:cloudwatch/logGroup:LogGroup"
    naming = "name"
    in_steps = True
    replaces = frozenset({"name"})
    outputs = ("arn",)
    properties = Record(
        fields={
            "kmsKeyId": Leaf("kmsKeyId", codec=codecs.KEY, default=""),
            "name": Leaf("logGroupName"),
            "retentionInDays": Leaf("retentionInDays", default=0),
            "skipDestroy": Leaf(default=False),
            "tags": Leaf(),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateLogGroup with key and tags, so that no event is kept without them."""
        key, tags = inputs.get("kmsKeyId"), inputs["tagsAll"]
        region.client("logs").create_log_group(
            logGroupName=inputs["name"], **({"kmsKeyId": key} if key else {}), **({"tags": tags} if tags else {})
        )
        return str(inputs["name"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """Retention, key and tags: each where it differs."""
        logs, now = region.client("logs"), self.read(region, name)
        if now is None:
            raise failures.RefusalError(f"the log group {name} is gone")
        if self._differs("retentionInDays", now, inputs):
            if days := inputs.get("retentionInDays"):
                logs.put_retention_policy(logGroupName=name, retentionInDays=days)
            else:
                logs.delete_retention_policy(logGroupName=name)
        if self._differs("kmsKeyId", now, inputs):
            if key := inputs.get("kmsKeyId"):
                logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
            else:
                logs.disassociate_kms_key(logGroupName=name)
        if gone := tagging.surplus(now["tagsAll"], inputs["tagsAll"]):
            logs.untag_resource(resourceArn=now["arn"], tagKeys=gone)
        if new := tagging.missing(now["tagsAll"], inputs["tagsAll"]):
            logs.tag_resource(resourceArn=now["arn"], tags=new)

    def read(self, region: Region, name: str) -> Properties | None:
        """DescribeLogGroups, ListTagsForResource."""
        logs = region.client("logs")
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        groups = (group for page in pages for group in page["logGroups"])
        group = next((group for group in groups if group["logGroupName"] == name), None)
        if group is None:
            return None
        # For the tags, and as the real plugin gives it, the ARN goes without the `:*` for all streams.
        arn = group["arn"].removesuffix(":*")
        with failures.absent(_GONE):
            return {
                **shape.from_aws(self.properties, group),
                "tagsAll": tagging.visible(logs.list_tags_for_resource(resourceArn=arn)["tags"]),
                "arn": arn,
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteLogGroup, unless the program said to leave it."""
        if not state.get("skipDestroy"):
            with failures.absent(_GONE):
                region.client("logs").delete_log_group(logGroupName=name)

    def _differs(self, name: str, now: Properties, inputs: Properties) -> bool:
        return any(shape.changes(self.properties.fields[name], now.get(name), inputs.get(name)))

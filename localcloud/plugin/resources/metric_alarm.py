"""`aws:cloudwatch/metricAlarm:MetricAlarm` on a single metric, without expressions and anomaly bands."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Codec, Leaf, Record
from localcloud.plugin.wire import Properties

_GONE = ("ResourceNotFound", "ResourceNotFoundException")
_DIMENSIONS = Codec(
    lambda values: [{"Name": name, "Value": value} for name, value in values.items()],
    lambda pairs: {pair["Name"]: pair["Value"] for pair in pairs},
)


class MetricAlarm(Kind):
    """An alarm, what it watches and whom it tells."""

    resource_type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    naming = "name"
    replaces = frozenset({"name"})
    outputs = ("arn",)
    properties = Record(
        fields={
            "actionsEnabled": Leaf("ActionsEnabled", default=True),
            "alarmActions": Leaf("AlarmActions", codec=codecs.SET, default=[]),
            "alarmDescription": Leaf("AlarmDescription", default=""),
            "comparisonOperator": Leaf("ComparisonOperator"),
            "datapointsToAlarm": Leaf("DatapointsToAlarm"),
            "dimensions": Leaf("Dimensions", codec=_DIMENSIONS, default={}),
            "evaluationPeriods": Leaf("EvaluationPeriods"),
            "extendedStatistic": Leaf("ExtendedStatistic"),
            "insufficientDataActions": Leaf("InsufficientDataActions", codec=codecs.SET, default=[]),
            "metricName": Leaf("MetricName"),
            "name": Leaf("AlarmName"),
            "namespace": Leaf("Namespace"),
            "okActions": Leaf("OKActions", codec=codecs.SET, default=[]),
            "period": Leaf("Period"),
            "statistic": Leaf("Statistic"),
            "tags": Leaf("Tags", codec=codecs.TAGS),
            "threshold": Leaf("Threshold"),
            "treatMissingData": Leaf("TreatMissingData", default="missing"),
            "unit": Leaf("Unit"),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """PutMetricAlarm with tags."""
        told = shape.to_aws(self.properties, {**inputs, "tags": inputs["tagsAll"] or None})
        region.client("cloudwatch").put_metric_alarm(**told)
        return str(inputs["name"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """PutMetricAlarm, which takes the place of what was there but for the tags; tags where they differ."""
        cloudwatch = region.client("cloudwatch")
        cloudwatch.put_metric_alarm(**shape.to_aws(self.properties, {**inputs, "tags": None}))
        now = self.read(region, name)
        if now is None:
            raise failures.RefusalError(f"the alarm {name} is gone")
        if gone := tagging.surplus(now["tagsAll"], inputs["tagsAll"]):
            cloudwatch.untag_resource(ResourceARN=now["arn"], TagKeys=gone)
        if new := tagging.missing(now["tagsAll"], inputs["tagsAll"]):
            cloudwatch.tag_resource(ResourceARN=now["arn"], Tags=codecs.TAGS.to_aws(new))

    def read(self, region: Region, name: str) -> Properties | None:
        """DescribeAlarms, ListTagsForResource."""
        cloudwatch = region.client("cloudwatch")
        with failures.absent(*_GONE):
            found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
            if not found:
                return None
            alarm = found[0]
            tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
            now = shape.from_aws(self.properties, alarm)
            if "extendedStatistic" in now:
                # An alarm has one statistic, but ministack names an average beside a percentile.
                now.pop("statistic", None)
            return {**now, "tagsAll": tagging.visible(codecs.TAGS.from_aws(tags)), "arn": alarm["AlarmArn"]}
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteAlarms."""
        with failures.absent(*_GONE):
            region.client("cloudwatch").delete_alarms(AlarmNames=[name])

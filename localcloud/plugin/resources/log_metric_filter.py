"""`aws:cloudwatch/logMetricFilter:LogMetricFilter`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import failures, shape
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Codec, Leaf, Record
from localcloud.plugin.wire import Properties

_GONE = "ResourceNotFoundException"

# Pulumi has it as text.
_NUMBER = Codec(float, lambda number: f"{number:g}", float)
_TRANSFORMATION = Record(
    fields={
        "defaultValue": Leaf("defaultValue", codec=_NUMBER),
        "dimensions": Leaf("dimensions", default={}),
        "name": Leaf("metricName"),
        "namespace": Leaf("metricNamespace"),
        "unit": Leaf("unit", default="None"),
        "value": Leaf("metricValue"),
    }
)


class LogMetricFilter(Kind):
    """A filter that makes a metric of a log group's events. Its id is `<log group>:<filter>`."""

    resource_type = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    naming = "name"
    replaces = frozenset({"logGroupName", "name"})
    properties = Record(
        fields={
            "logGroupName": Leaf("logGroupName"),
            "metricTransformation": _TRANSFORMATION,
            "name": Leaf("filterName"),
            "pattern": Leaf("filterPattern", default=""),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """PutMetricFilter."""
        name = f"{inputs['logGroupName']}:{inputs['name']}"
        self.settle(region, name, inputs)
        return name

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """PutMetricFilter, which takes the place of what was there."""
        transformation = shape.to_aws(_TRANSFORMATION, inputs["metricTransformation"])
        region.client("logs").put_metric_filter(
            **shape.to_aws(self.properties, inputs), metricTransformations=[transformation]
        )

    def read(self, region: Region, name: str) -> Properties | None:
        """DescribeMetricFilters."""
        group, _, own = name.partition(":")
        paginator = region.client("logs").get_paginator("describe_metric_filters")
        with failures.absent(_GONE):
            pages = paginator.paginate(logGroupName=group, filterNamePrefix=own)
            for found in (item for page in pages for item in page["metricFilters"]):
                if found["filterName"] == own:
                    transformation = shape.from_aws(_TRANSFORMATION, found["metricTransformations"][0])
                    return {
                        **shape.from_aws(self.properties, {**found, "logGroupName": group}),
                        "metricTransformation": transformation,
                    }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteMetricFilter."""
        group, _, own = name.partition(":")
        with failures.absent(_GONE):
            region.client("logs").delete_metric_filter(logGroupName=group, filterName=own)

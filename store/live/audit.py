"""The settings of a trail, of the log group that it delivers to, and of the alarms on that."""

from collections.abc import Mapping
from typing import Any

from store.failures import NotThereError
from store.live.reading import Live, Reading, tags

_THRESHOLD = (
    *("Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold"),
    *("ComparisonOperator", "TreatMissingData"),
)

_COUNT = ("metricName", "metricNamespace", "metricValue")


def live_trail(cloudtrail: Any, arn: str) -> Live:
    """The settings of a trail.

    :param cloudtrail: a CloudTrail client of its home region.
    """
    reading = Reading(f"trail {arn}")
    reading.ask(
        "cloudtrail:GetTrail",
        ["arn", "bucket", "encryption", "reach", "validation", "delivery"],
        lambda: _trail(cloudtrail.get_trail(Name=arn)["Trail"]),
    )
    reading.ask(
        "cloudtrail:GetTrailStatus", ["logging"], lambda: [cloudtrail.get_trail_status(Name=arn)["IsLogging"]]
    )
    reading.ask(
        "cloudtrail:GetEventSelectors",
        ["selectors"],
        lambda: [_selectors(cloudtrail.get_event_selectors(TrailName=arn))],
    )
    reading.ask(
        "cloudtrail:ListTags",
        ["tags"],
        lambda: [_tags(cloudtrail.list_tags(ResourceIdList=[arn]))],
    )
    return reading.done()


def live_log_group(logs: Any, name: str) -> Live:
    """The settings of a log group; ``retention`` in days, ``None`` where it keeps everything for ever."""
    reading = Reading(f"log group {name}")
    reading.ask("logs:DescribeLogGroups", ["arn", "encryption", "retention"], lambda: _log_group(logs, name))
    arn = reading.found("arn", needed_for=["tags"])
    if arn:
        reading.ask(
            "logs:ListTagsForResource",
            ["tags"],
            lambda: [dict(logs.list_tags_for_resource(resourceArn=arn)["tags"])],
        )
    return reading.done()


def live_alarm(logs: Any, cloudwatch: Any, name: str, log_group: str) -> Live:
    """The settings of an alarm, and of the filter of the same name that counts for it, where there is to be one.

    :param log_group: where the filter is; empty for an alarm on a metric that AWS publishes itself.
    """
    counted = Reading(f"metric filter {name} of log group {log_group}")
    if log_group:
        counted.ask("logs:DescribeMetricFilters", ["pattern", "count"], lambda: _filter(logs, name, log_group))
    reading = Reading(f"alarm {name}")
    reading.ask(
        "cloudwatch:DescribeAlarms",
        ["arn", "threshold", "actions", "description"],
        lambda: _alarm(cloudwatch, name),
    )
    arn = reading.found("arn", needed_for=["tags"])
    if arn:
        reading.ask(
            "cloudwatch:ListTagsForResource",
            ["tags"],
            lambda: [tags(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"])],
        )
    alarm, found = reading.done(), counted.done()
    # Without the filter the alarm is still there, and hears of nothing.
    filtered = {"pattern": None, "count": None} if found.gone else found.settings
    return Live(
        settings={} if alarm.gone else {**filtered, **alarm.settings},
        unread={} if alarm.gone else {**found.unread, **alarm.unread},
        gone=alarm.gone,
    )


def _trail(trail: Mapping[str, Any]) -> list[Any]:
    return [
        trail["TrailARN"],
        trail["S3BucketName"],
        trail.get("KmsKeyId"),
        {name: trail.get(name, False) for name in ("IsMultiRegionTrail", "IncludeGlobalServiceEvents")},
        trail.get("LogFileValidationEnabled", False),
        {name: trail[name] for name in ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn") if trail.get(name)},
    ]


def _tags(answer: Mapping[str, Any]) -> dict[str, str]:
    return tags(tag for resource in answer["ResourceTagList"] for tag in resource.get("TagsList", ()))


def _selectors(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Advanced selectors by their names, each field with its operator and values."""
    operators = {"Equals": "equals", "StartsWith": "startsWith", "EndsWith": "endsWith"}
    operators |= {f"Not{name}": f"not{name}" for name in operators}
    return {
        selector.get("Name", f"(selector {number}, without a name)"): {
            field["Field"]: {ours: list(field[theirs]) for theirs, ours in operators.items() if field.get(theirs)}
            for field in selector["FieldSelectors"]
        }
        for number, selector in enumerate(answer.get("AdvancedEventSelectors") or (), start=1)
    }


def _log_group(logs: Any, name: str) -> list[Any]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    for group in (group for page in pages for group in page["logGroups"]):
        if group["logGroupName"] == name:
            return [group["arn"].removesuffix(":*"), group.get("kmsKeyId"), group.get("retentionInDays")]
    raise NotThereError(f"log group {name} does not exist")


def _filter(logs: Any, name: str, log_group: str) -> list[Any]:
    pages = logs.get_paginator("describe_metric_filters").paginate(logGroupName=log_group, filterNamePrefix=name)
    for found in (found for page in pages for found in page["metricFilters"]):
        if found["filterName"] == name:
            count = found["metricTransformations"][0]
            return [
                found["filterPattern"],
                {key: count[key] for key in ("metricName", "metricNamespace", "metricValue")},
            ]
    return [None, None]


def _alarm(cloudwatch: Any, name: str) -> list[Any]:
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not found:
        raise NotThereError(f"alarm {name} does not exist")
    alarm = found[0]
    return [
        alarm["AlarmArn"],
        {
            **{key: alarm.get(key) for key in _THRESHOLD},
            "Dimensions": {one["Name"]: one["Value"] for one in alarm.get("Dimensions", ())},
        },
        {"ActionsEnabled": alarm["ActionsEnabled"], "AlarmActions": list(alarm["AlarmActions"])},
        alarm.get("AlarmDescription", ""),
    ]

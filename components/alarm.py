"""An alarm that rings at once, over five minutes, and not where nothing is published."""

# Annotations stay text, so that pulumi_aws loads CloudWatch only where an alarm is made.
from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws


def make_alarm(
    name: str,
    *,
    region: str,
    alarm_name: str,
    description: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str] | None,
    statistic: str,
    threshold: float,
    topic_arns: Sequence[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.cloudwatch.MetricAlarm:
    """The alarm.

    :param dimensions: of the metric; ``None`` where it has none.
    :param topic_arns: the SNS topics that it notifies, all in its own region.
    """
    return aws.cloudwatch.MetricAlarm(
        name,
        region=region,
        name=alarm_name,
        alarm_description=description,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic=statistic,
        period=300,
        evaluation_periods=1,
        threshold=threshold,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=list(topic_arns),
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )

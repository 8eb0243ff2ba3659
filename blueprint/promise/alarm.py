"""When alarms ring, as CloudWatch reports it: at once, over five minutes, and not where nothing is published."""

from collections.abc import Mapping
from typing import Any


def promised_threshold(
    namespace: str, metric: str, *, dimensions: Mapping[str, str], statistic: str, threshold: float
) -> dict[str, Any]:
    """What is counted, and from when on an alarm rings."""
    return {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": dict(dimensions),
        "Statistic": statistic,
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": float(threshold),
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }

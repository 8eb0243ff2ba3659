"""How much AWS says there is of a backend in one region, and how much it was used. Asking costs nothing.

``GetMetricData`` is billed from the first call, ``GetMetricStatistics`` is not
(https://aws.amazon.com/cloudwatch/pricing/).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from store.clients import Clients
from store.failures import explained

DAYS = 30
"""How far back metrics are added up."""
HOUR = 3600
DAY = 86400
STORAGE_DAYS = 3
"""How far back the newest of S3's daily storage metrics is looked for."""


class Meter:
    """What is measured in one region.

    Every method raises :class:`store.failures.StoreFailureError` where AWS does not answer.
    """

    def __init__(self, clients: Clients, region: str) -> None:
        self.region = region
        self._clients = clients

    def table_bytes(self, table: str) -> int:
        """The size of a table; DynamoDB counts it anew about every six hours."""
        with explained("dynamodb:DescribeTable", f"table {table}"):
            answer = self._clients.dynamodb(self.region).describe_table(TableName=table)
        return int(answer["Table"].get("TableSizeBytes", 0))

    def table_reads(self, table: str) -> int | None:
        """Read units in 30 days; ``None`` where there is no metric."""
        return self._sum("AWS/DynamoDB", "ConsumedReadCapacityUnits", TableName=table)

    def table_writes(self, table: str) -> int | None:
        """Write units in 30 days; ``None`` where there is no metric."""
        return self._sum("AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName=table)

    def bucket_bytes(self, bucket: str) -> int | None:
        """What a bucket holds in STANDARD, as S3 last counted it; ``None`` where it did not yet."""
        points = self._points(
            "AWS/S3",
            "BucketSizeBytes",
            "Average",
            period=DAY,
            days=STORAGE_DAYS,
            dimensions={"BucketName": bucket, "StorageType": "StandardStorage"},
        )
        newest = max(points, key=lambda point: point["Timestamp"], default=None)
        return int(newest["Average"]) if newest else None

    def request_filter(self, bucket: str) -> str | None:
        """The id of the request metrics of a whole bucket; ``None`` where they are off."""
        return next((str(item["Id"]) for item in self._metrics_of(bucket) if "Filter" not in item), None)

    def requests(self, bucket: str, filter_id: str, *metrics: str) -> int | None:
        """Requests in 30 days, of all these kinds together; ``None`` where there is no metric of any."""
        sums = [self._sum("AWS/S3", metric, BucketName=bucket, FilterId=filter_id) for metric in metrics]
        known = [found for found in sums if found is not None]
        return sum(known) if known else None

    def request_metrics(self, bucket: str, filter_id: str) -> int:
        """How many metrics the request metrics of a bucket are; each is billed as a custom one."""
        dimensions = [{"Name": "BucketName", "Value": bucket}, {"Name": "FilterId", "Value": filter_id}]
        with explained("cloudwatch:ListMetrics", f"the request metrics of {bucket}"):
            pages = self._cloudwatch.get_paginator("list_metrics").paginate(
                Namespace="AWS/S3", Dimensions=dimensions
            )
            return sum(len(page["Metrics"]) for page in pages)

    def log_bytes(self, group: str) -> int | None:
        """What went into a log group in 30 days; ``None`` where there is no metric."""
        return self._sum("AWS/Logs", "IncomingBytes", LogGroupName=group)

    def hours_with_data(self, namespace: str, metric: str) -> int:
        """In how many of the last 720 hours a custom metric had data: it is billed for those alone."""
        return len(self._points(namespace, metric, "SampleCount", period=HOUR, days=DAYS, dimensions={}))

    def rotations(self, key: str) -> int:
        """How often a key was rotated.

        :param key: its alias, with ``alias/``, or its ARN.
        """
        kms = self._clients.of("kms", self.region)
        with explained("kms:DescribeKey", f"key {key}"):
            key_id = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"]
        with explained("kms:ListKeyRotations", f"key {key}"):
            pages = kms.get_paginator("list_key_rotations").paginate(KeyId=key_id)
            return sum(len(page["Rotations"]) for page in pages)

    @property
    def _cloudwatch(self) -> Any:
        return self._clients.of("cloudwatch", self.region)

    def _metrics_of(self, bucket: str) -> Iterator[dict[str, Any]]:
        s3: Any = self._clients.s3(self.region)
        following: dict[str, str] = {}
        while True:
            with explained("s3:GetMetricsConfiguration", f"bucket {bucket}"):
                page = s3.list_bucket_metrics_configurations(Bucket=bucket, **following)
            yield from page.get("MetricsConfigurationList", ())
            token = page.get("NextContinuationToken")
            if not token:
                return
            following = {"ContinuationToken": token}

    def _sum(self, namespace: str, metric: str, **dimensions: str) -> int | None:
        points = self._points(namespace, metric, "Sum", period=DAY, days=DAYS, dimensions=dimensions)
        return round(sum(point["Sum"] for point in points)) if points else None

    def _points(
        self, namespace: str, metric: str, statistic: str, *, period: int, days: int, dimensions: dict[str, str]
    ) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        with explained("cloudwatch:GetMetricStatistics", f"metric {namespace} {metric}"):
            answer = self._cloudwatch.get_metric_statistics(
                Namespace=namespace,
                MetricName=metric,
                Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
                StartTime=now - timedelta(days=days),
                EndTime=now,
                Period=period,
                Statistics=[statistic],
            )
        return list(answer.get("Datapoints", ()))

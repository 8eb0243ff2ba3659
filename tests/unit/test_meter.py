"""What is measured by calls that the emulated AWS does not know."""

from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber

from store.usage import Meter

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Stubbed:
    """Clients whose answers are written down; botocore checks them, and the questions, by AWS's own models."""

    def __init__(self) -> None:
        self.stubs: dict[str, Stubber] = {}
        self.made: dict[str, Any] = {}
        for service in ("s3", "kms", "cloudwatch"):
            self.made[service] = boto3.client(
                service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
            )
            self.stubs[service] = Stubber(self.made[service])
            self.stubs[service].activate()

    def s3(self, _region: str) -> Any:
        return self.made["s3"]

    def of(self, service: str, _region: str) -> Any:
        return self.made[service]


def test_request_metrics_of_the_whole_bucket_are_found_behind_those_of_a_part() -> None:
    clients = Stubbed()
    of_part = {"Id": "part", "Filter": {"Prefix": "prod/"}}
    clients.stubs["s3"].add_response(
        "list_bucket_metrics_configurations",
        {"IsTruncated": True, "NextContinuationToken": "next", "MetricsConfigurationList": [of_part]},
        {"Bucket": "states"},
    )
    clients.stubs["s3"].add_response(
        "list_bucket_metrics_configurations",
        {"IsTruncated": False, "MetricsConfigurationList": [{"Id": "whole"}]},
        {"Bucket": "states", "ContinuationToken": "next"},
    )
    for day in ({"Sum": 20.0}, {"Sum": 3.0}):
        clients.stubs["cloudwatch"].add_response(
            "get_metric_statistics", {"Datapoints": [{"Timestamp": NOW, **day}]}
        )
    meter = Meter(clients, "us-east-1")  # type: ignore[arg-type]
    found = meter.request_filter("states")
    assert found == "whole"
    assert meter.requests("states", found, "GetRequests", "HeadRequests") == 23


def test_a_keys_rotations_are_counted_by_its_id_since_an_alias_will_not_do() -> None:
    clients = Stubbed()
    clients.stubs["kms"].add_response(
        "describe_key", {"KeyMetadata": {"KeyId": "1234"}}, {"KeyId": "alias/acme-tfstate"}
    )
    clients.stubs["kms"].add_response(
        "list_key_rotations", {"Rotations": [{"KeyId": "1234"}] * 2, "Truncated": False}, {"KeyId": "1234"}
    )
    assert Meter(clients, "us-east-1").rotations("alias/acme-tfstate") == 2  # type: ignore[arg-type]

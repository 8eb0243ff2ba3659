"""What someone should hear of replication: that it lags, and that it fails.

S3 publishes the lag in the region of the destination, failures in that of the source, and an alarm watches metrics
of its own region alone, as it notifies topics of its own region alone.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.bucket import Bucket
from blueprint.names import replication_alarm_name
from settings.arns import region_in
from settings.model import Settings

LAG_SECONDS = 900
"""What S3's replication time control promises of nearly every object, and seconds are usual without it.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html
"""


@dataclass(frozen=True, kw_only=True)
class ReplicationAlarm:
    """An alarm on a metric of one replication rule.

    :param kind: what it is about, ``lag`` or ``failed``.
    :param name: its name.
    :param region: where S3 publishes the metric, and so where the alarm is.
    :param description: what happened when it rings.
    :param metric: the metric, of namespace ``AWS/S3``.
    :param dimensions: which rule of which bucket it is about.
    :param statistic: how the points of a period make one value.
    :param threshold: the least value that rings.
    :param topic_arns: whom it notifies: topics of its own region.
    """

    kind: str
    name: str
    region: str
    description: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    threshold: int
    topic_arns: tuple[str, ...]


def replication_alarms(
    settings: Settings, source: Bucket, destination: Bucket, *, rule_id: str
) -> tuple[ReplicationAlarm, ...]:
    """The alarms on one rule. Where nothing is written S3 publishes nothing, and nothing is wrong."""
    dimensions = {"SourceBucket": source.name, "DestinationBucket": destination.name, "RuleId": rule_id}
    way = f"from {source.name} to {destination.name}"

    def alarm(
        kind: str, region: str, description: str, *, metric: str, statistic: str, threshold: int
    ) -> ReplicationAlarm:
        return ReplicationAlarm(
            kind=kind,
            name=replication_alarm_name(settings.name_prefix, source.region, kind),
            region=region,
            description=description,
            metric=metric,
            dimensions=dimensions,
            statistic=statistic,
            threshold=threshold,
            topic_arns=_topics(settings, region),
        )

    return (
        alarm(
            "lag",
            destination.region,
            f"Replication {way} is {LAG_SECONDS // 60} minutes behind or more",
            metric="ReplicationLatency",
            statistic="Maximum",
            threshold=LAG_SECONDS,
        ),
        alarm(
            "failed",
            source.region,
            f"Replication {way} failed for an object or a delete marker",
            metric="OperationsFailedReplication",
            statistic="Sum",
            threshold=1,
        ),
    )


def _topics(settings: Settings, region: str) -> tuple[str, ...]:
    """The topics named for it in this region, or else the audit trail's, if it is there."""
    named = tuple(arn for arn in settings.replication_alarm_topics if region_in(arn) == region)
    audit = settings.audit_trail.alarm_topic_arn if settings.audit_trail else None
    return named or ((audit,) if audit is not None and region_in(audit) == region else ())

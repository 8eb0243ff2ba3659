"""Changes to the trail, to its log group and to the alarms on it."""

from tests.statectl.breakages.account import ALARM, AUDIT, OWNER, Breakage, without

LAG = "acme-tfstate-replication-eu-central-1-lag"

AUDITS = [
    Breakage(
        id="trail.logging",
        setting="logging",
        change=lambda account: account.do(
            "cloudtrail", ("stop_logging", {"Name": AUDIT}), ("start_logging", {"Name": AUDIT})
        ),
    ),
    Breakage(
        id="trail.validation",
        setting="validation",
        change=lambda account: account.trail(EnableLogFileValidation=False),
    ),
    Breakage(
        id="trail.reach",
        setting="reach",
        change=lambda account: account.trail(IsMultiRegionTrail=False),
    ),
    Breakage(
        id="trail.encryption", setting="encryption", change=lambda account: account.trail(KmsKeyId=account.key)
    ),
    Breakage(
        id="trail.bucket",
        setting="bucket",
        change=lambda account: account.trail(S3BucketName=account.logs_bucket),
    ),
    Breakage(
        id="trail.delivery",
        setting="delivery",
        change=lambda account: account.trail(CloudWatchLogsRoleArn=f"arn:aws:iam::{account.number}:role/reviewer"),
    ),
    Breakage(
        id="trail.selectors",
        setting="selectors: TableLocks",
        change=lambda account: account.selectors(without("TableLocks", "Name")),
    ),
    Breakage(
        id="trail.tags",
        setting="tags: owner",
        change=lambda account: account.do(
            "cloudtrail",
            ("remove_tags", {"ResourceId": account.trail_arn, "TagsList": OWNER}),
            ("add_tags", {"ResourceId": account.trail_arn, "TagsList": OWNER}),
        ),
    ),
    Breakage(
        id="log-group.retention",
        setting="retention",
        change=lambda account: account.put(
            "logs", "put_retention_policy", {"retentionInDays": 60}, {"retentionInDays": 1}, logGroupName=AUDIT
        ),
    ),
    Breakage(
        id="log-group.encryption",
        setting="encryption",
        change=lambda account: account.log_group_without_key(),
    ),
    Breakage(
        id="log-group.tags",
        setting="tags: owner",
        change=lambda account: account.do(
            "logs",
            ("untag_resource", {"resourceArn": account.log_group_arn, "tagKeys": ["owner"]}),
            ("tag_resource", {"resourceArn": account.log_group_arn, "tags": {"owner": "platform"}}),
        ),
    ),
    Breakage(
        id="alarm.pattern",
        setting="pattern",
        resource=ALARM,
        change=lambda account: account.metric_filter(filterPattern="{ $.eventName = Nothing }"),
    ),
    Breakage(
        id="alarm.count",
        setting="count",
        resource=ALARM,
        change=lambda account: account.metric_filter(
            metricTransformations=[{"metricName": "other", "metricNamespace": "Other", "metricValue": "1"}]
        ),
    ),
    Breakage(
        id="alarm.threshold",
        setting="threshold",
        resource=ALARM,
        change=lambda account: account.alarm(Threshold=100.0),
    ),
    Breakage(
        id="alarm.threshold",
        setting="threshold",
        region="eu-west-1",
        resource=LAG,
        change=lambda account: account.alarm(LAG, region="eu-west-1", Dimensions=[]),
    ),
    Breakage(
        id="alarm.actions",
        setting="actions",
        region="eu-west-1",
        resource=LAG,
        change=lambda account: account.alarm(LAG, region="eu-west-1", AlarmActions=[]),
    ),
    Breakage(
        id="alarm.actions",
        setting="actions",
        resource=ALARM,
        change=lambda account: account.alarm(ActionsEnabled=False),
    ),
    Breakage(
        id="alarm.description",
        setting="description",
        resource=ALARM,
        change=lambda account: account.alarm(AlarmDescription="ignore me"),
    ),
    Breakage(
        id="alarm.tags",
        setting="tags: owner",
        resource=ALARM,
        change=lambda account: account.do(
            "cloudwatch",
            ("untag_resource", {"ResourceARN": account.alarm_arn, "TagKeys": ["owner"]}),
            ("tag_resource", {"ResourceARN": account.alarm_arn, "Tags": OWNER}),
        ),
    ),
    Breakage(
        id="alarm.exists",
        setting="exists",
        resource=ALARM,
        change=lambda account: account.no_alarm(),
    ),
]

"""Who wrote which version of a state, from the data events that CloudTrail delivered to a log group.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
from datetime import datetime
from typing import Any

from store.clients import Clients
from store.failures import explained

WRITES = ("PutObject", "CompleteMultipartUpload", "CopyObject", "DeleteObject")
"""The events that make a version or a delete marker; Terraform uploads large states in parts."""
PAGES = 50
"""How many answers are looked through at most: a log group of a busy account has no end."""


def writers_of(
    clients: Clients, region: str, log_group: str, *, bucket: str, key: str | None, since: datetime
) -> dict[str, str]:
    """The ARN of who wrote each version of an object, by version id, as far as the log tells.

    :param key: the object; ``None`` for every object of the bucket.
    :param since: when the oldest version of interest was written; older events are not asked for.
    """
    logs = clients.of("logs", region)
    names = " || ".join(f"($.eventName = {json.dumps(name)})" for name in WRITES)
    which = f"($.requestParameters.bucketName = {json.dumps(bucket)})"
    if key is not None:
        which += f" && ($.requestParameters.key = {json.dumps(key, ensure_ascii=False)})"
    pattern = f"{{ ({names}) && {which} }}"
    asked: dict[str, Any] = {
        "logGroupName": log_group,
        "filterPattern": pattern,
        "startTime": int(since.timestamp() * 1000),
    }
    found: dict[str, str] = {}
    for _ in range(PAGES):
        with explained("logs:FilterLogEvents", f"log group {log_group}"):
            answer = logs.filter_log_events(**asked)
        for event in answer.get("events", ()):
            found |= _writer(event["message"], bucket, key)
        if "nextToken" not in answer:
            break
        asked["nextToken"] = answer["nextToken"]
    return found


def _writer(message: str, bucket: str, key: str | None) -> dict[str, str]:
    try:
        event = json.loads(message)
        about, answer = event["requestParameters"], event["responseElements"]
        asked_for = about["bucketName"] == bucket and key in {None, about["key"]} and event["eventName"] in WRITES
        return {answer["x-amz-version-id"]: event["userIdentity"]["arn"]} if asked_for else {}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}

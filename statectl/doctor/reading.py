"""Reads the resource that a promise is about."""

from collections.abc import Callable, Mapping
from typing import Any

from blueprint.promise.access import principal_of
from blueprint.promise.resource import GLOBAL, Kind, Promise
from settings.model import Settings
from store.live.account import live_account
from store.live.audit import live_alarm, live_log_group, live_trail
from store.live.bucket import live_bucket, live_replication
from store.live.identity import live_attachment, live_issuer, live_policy, live_role
from store.live.key import live_key
from store.live.reading import Live
from store.live.table import live_table

ClientOf = Callable[[str, str], Any]
"""The boto3 client of a service and a region."""


def read(client: ClientOf, settings: Settings, promise: Promise) -> Live:
    """The resource as AWS reports it."""
    region = settings.region if promise.region == GLOBAL else promise.region
    return _READERS[promise.kind](lambda service: client(service, region), promise, settings.account_id)


_READERS: Mapping[Kind, Callable[[Callable[[str], Any], Promise, str], Live]] = {
    Kind.ACCOUNT: lambda client, promise, account: live_account(client("s3control"), account),
    Kind.KEY: lambda client, promise, account: live_key(client("kms"), promise.name, promise.handle),
    Kind.BUCKET: lambda client, promise, account: live_bucket(client("s3"), promise.name, account),
    Kind.REPLICATION: lambda client, promise, account: live_replication(client("s3"), promise.name, account),
    Kind.TABLE: lambda client, promise, account: live_table(client("dynamodb"), promise.name),
    Kind.ROLE: lambda client, promise, account: live_role(client("iam"), promise.name),
    Kind.POLICY: lambda client, promise, account: live_policy(client("iam"), promise.handle),
    Kind.ATTACHMENT: lambda client, promise, account: live_attachment(client("iam"), *principal_of(promise.name)),
    Kind.ISSUER: lambda client, promise, account: live_issuer(client("iam"), promise.handle),
    Kind.TRAIL: lambda client, promise, account: live_trail(client("cloudtrail"), promise.handle),
    Kind.LOG_GROUP: lambda client, promise, account: live_log_group(client("logs"), promise.name),
    Kind.ALARM: lambda client, promise, account: live_alarm(
        client("logs"), client("cloudwatch"), promise.name, promise.handle
    ),
}

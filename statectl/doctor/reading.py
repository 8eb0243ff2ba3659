"""Reads the resource that a promise is about."""

from collections.abc import Callable, Mapping, Sequence
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
    return reader(client, settings, promise)()


def reader(client: ClientOf, settings: Settings, promise: Promise) -> Callable[[], Live]:
    """Reads the resource when it is called, in any thread; clients are made in this one, as boto3 demands."""
    region = settings.region if promise.region == GLOBAL else promise.region
    services, ask = _READERS[promise.kind]
    made = [client(service, region) for service in services]
    return lambda: ask(promise, settings.account_id, *made)


_READERS: Mapping[Kind, tuple[Sequence[str], Callable[..., Live]]] = {
    Kind.ACCOUNT: (["s3control"], lambda promise, account, s3control: live_account(s3control, account)),
    Kind.KEY: (["kms"], lambda promise, account, kms: live_key(kms, promise.name, promise.handle)),
    Kind.BUCKET: (["s3"], lambda promise, account, s3: live_bucket(s3, promise.name, account)),
    Kind.REPLICATION: (["s3"], lambda promise, account, s3: live_replication(s3, promise.name, account)),
    Kind.TABLE: (["dynamodb"], lambda promise, account, dynamodb: live_table(dynamodb, promise.name)),
    Kind.ROLE: (["iam"], lambda promise, account, iam: live_role(iam, promise.name)),
    Kind.POLICY: (["iam"], lambda promise, account, iam: live_policy(iam, promise.handle)),
    Kind.ATTACHMENT: (["iam"], lambda promise, account, iam: live_attachment(iam, *principal_of(promise.name))),
    Kind.ISSUER: (["iam"], lambda promise, account, iam: live_issuer(iam, promise.handle)),
    Kind.TRAIL: (["cloudtrail"], lambda promise, account, cloudtrail: live_trail(cloudtrail, promise.handle)),
    Kind.LOG_GROUP: (["logs"], lambda promise, account, logs: live_log_group(logs, promise.name)),
    Kind.ALARM: (
        ["logs", "cloudwatch"],
        lambda promise, account, logs, watch: live_alarm(logs, watch, promise.name, promise.handle),
    ),
}
"""For each kind the services that are asked, and how."""

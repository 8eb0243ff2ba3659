"""What KMS, DynamoDB, CloudTrail and CloudWatch bill for a backend.

Sources: https://aws.amazon.com/kms/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/,
https://aws.amazon.com/cloudtrail/pricing/, https://aws.amazon.com/cloudwatch/pricing/
"""

from collections.abc import Iterator
from decimal import Decimal

from blueprint.traffic import (
    MONTH_DAYS,
    MONTH_HOURS,
    TABLE_READS_PER_RUN,
    TABLE_WRITES_PER_RUN,
    Item,
    Origin,
    Quantity,
    Traffic,
)
from blueprint.usage import NOT_THERE, KeyUsage, Setup, TableUsage, Unread, Usage, total
from settings.model import Encryption

BILLED_ROTATIONS = 2
"""Rotations that cost as much as a key each; later ones are free."""
KMS_REQUESTS_PER_RUN = 2
"""With bucket keys: one to encrypt and one to decrypt for each caller, however many objects it touches.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""
TRAIL_FILES = 13 * MONTH_HOURS
"""Files that a trail delivers from a region where something happens all the time: one every five minutes, and a
digest every hour."""
EVENT_BYTES = 1800
"""A data event as JSON, about."""
EVENTS_COMPRESSED = 10
"""How many times smaller the trail's files are than their events, about."""
LOGS_COMPRESSED = Decimal("0.15")
"""What CloudWatch Logs stores of a byte that it took in, by AWS's own examples."""
ITEM_BYTES = 500
"""What a state has in the lock table at most: a digest, and a lock while it is held."""
REQUEST_METRICS = 16
"""The request metrics of a bucket (https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html)."""
REPLICATION_METRICS = 4
"""The metrics of a replication rule (https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html)."""
REPLICATION_ALARMS = 2
"""The alarms on a replication rule: on lag, and on failures."""
EVENTS_PER_REPLICA = 2
"""A read in the first region and a write in the second."""


def keys(usage: Usage, setup: Setup, month: Traffic) -> Iterator[Item]:
    """The customer keys and what is asked of them."""
    for key in _keys(usage, setup):
        what = "key of the trail" if key.audit else "key of states"
        if isinstance(key.rotations, Unread):
            how = f"rotated {BILLED_ROTATIONS} times, the most that is billed: {key.rotations.why}"
            quantity = Quantity(Decimal(1 + BILLED_ROTATIONS), Origin.ASSUMED, how)
        else:
            how = f"one, and each of its first {BILLED_ROTATIONS} rotations ({key.rotations} so far)"
            quantity = Quantity(Decimal(1 + min(key.rotations, BILLED_ROTATIONS)), Origin.MEASURED, how)
        yield Item("KMS", "kmsKey", what, key.region, quantity)
    if setup.encryption is Encryption.KMS:
        a_run = KMS_REQUESTS_PER_RUN + (1 if setup.lock.uses_table else 0)
        amount, how = month.runs.amount * a_run, f"{a_run} for each run: bucket keys save the others"
        if setup.replica_region:
            amount, how = amount + month.replicated.amount * 2, f"{how}; 2 for each replica, at most"
        yield Item("KMS", "kmsRequest", "for states", setup.region, Quantity(amount, Origin.ASSUMED, how))
    if setup.audit_days is not None:
        yield Item("KMS", "kmsRequest", "for the trail", setup.region, _trail_files(setup))


def tables(usage: Usage, setup: Setup, month: Traffic) -> Iterator[Item]:
    """The lock tables; that of the second region is idle until a failover."""
    for region in setup.regions if setup.lock.uses_table else ():
        table = usage.tables.get(region) or TableUsage(
            bytes=NOT_THERE, read_units=NOT_THERE, write_units=NOT_THERE
        )
        reads, writes, size = _used(usage, month) if region == setup.region else _IDLE
        metric = f"a metric, last {MONTH_DAYS} days"
        held = _either(table.bytes, "the table's description", size).in_gb()
        for price, what, quantity in (
            ("dynamodbRead", "reads", _either(table.read_units, metric, reads)),
            ("dynamodbWrite", "writes", _either(table.write_units, metric, writes)),
            ("dynamodbStorage", "storage", held),
            ("dynamodbPitr", "point-in-time recovery", held),
        ):
            yield Item("DynamoDB", price, what, region, quantity)


def audit(usage: Usage, setup: Setup, month: Traffic) -> Iterator[Item]:
    """The audit trail: its events, its files, and its log group."""
    if setup.audit_days is None:
        return
    amount = month.requests + (month.replicated.amount * EVENTS_PER_REPLICA if setup.replica_region else 0)
    for item in tables(usage, setup, month):
        if item.price in ("dynamodbRead", "dynamodbWrite"):
            amount += item.quantity.amount
    of_events = (amount * EVENT_BYTES, f"{EVENT_BYTES} bytes an event")
    ingested = _either(usage.trail.ingested_bytes, f"a metric, last {MONTH_DAYS} days", of_events)
    kept = ingested.amount * setup.audit_days / MONTH_DAYS
    how = f"{LOGS_COMPRESSED} of what goes in, kept {setup.audit_days} days"
    events = Quantity(amount, Origin.ASSUMED, "one for each request of S3 and DynamoDB")
    for price, what, quantity in (
        ("cloudtrailDataEvent", "data events", events),
        ("s3Put", "PUT of its files", _trail_files(setup)),
        ("s3Standard", "its files", _trail_bytes(usage, setup, kept)),
        ("logsIngestion", "into its log group", ingested.in_gb()),
        ("logsStorage", "in its log group", Quantity(kept * LOGS_COMPRESSED, Origin.ASSUMED, how).in_gb()),
    ):
        yield Item("Audit trail", price, what, setup.region, quantity)


def alarms(usage: Usage, setup: Setup) -> Iterator[Item]:
    """The alarms on trail and replication, and the metrics that they watch; request metrics, where they are on."""
    if setup.alarms:
        count = Quantity(Decimal(setup.alarms), Origin.PROMISED, "the stack's alarms")
        yield Item("Alarms", "alarm", "alarms", setup.region, count)
        hours = _either(
            usage.trail.alarm_hours, "hours with data, of the last 720", (Decimal(0), "nothing set them off")
        )
        share = Quantity(hours.amount / MONTH_HOURS, hours.origin, hours.how)
        yield Item("Alarms", "customMetric", "their metrics", setup.region, share)
    if setup.replications:
        rules = "one rule" if setup.replications == 1 else f"{setup.replications} rules"
        for price, what, each in (
            ("alarm", "alarms on replication", REPLICATION_ALARMS),
            ("customMetric", "metrics of replication", REPLICATION_METRICS),
        ):
            amount = Decimal(each * setup.replications)
            count = Quantity(amount, Origin.PROMISED, f"{each} for each replication rule: {rules}")
            yield Item("Alarms", price, what, setup.region, count)
    metrics = usage.requests.metrics
    if metrics != 0:
        on = not isinstance(usage.requests.reads, Unread)
        assumed = (Decimal(REQUEST_METRICS), "all") if on else (Decimal(0), "taken to be off")
        count = _either(metrics, "metrics of the bucket's requests", assumed)
        yield Item("Alarms", "customMetric", "request metrics", setup.region, count)


def _keys(usage: Usage, setup: Setup) -> Iterator[KeyUsage]:
    """The keys that are there, and those that would be."""
    there = {(key.region, key.audit): key for key in usage.keys}
    wanted = [(region, False) for region in setup.regions] if setup.encryption is Encryption.KMS else []
    if setup.audit_days is not None:
        wanted.append((setup.region, True))
    for region, of_trail in wanted:
        yield there.get((region, of_trail)) or KeyUsage(region=region, audit=of_trail, rotations=NOT_THERE)


_Assumed = tuple[Decimal, str]
_IDLE: tuple[_Assumed, _Assumed, _Assumed] = ((Decimal(0), "idle until a failover"),) * 3


def _used(usage: Usage, month: Traffic) -> tuple[_Assumed, _Assumed, _Assumed]:
    runs, states = month.runs.amount, total(usage.primary.current.values()).objects
    writes = runs * TABLE_WRITES_PER_RUN + month.writes.amount
    return (
        (runs * TABLE_READS_PER_RUN, f"{TABLE_READS_PER_RUN} for each run"),
        (writes, f"{TABLE_WRITES_PER_RUN} for each run, and a digest for each version written"),
        (Decimal(states * ITEM_BYTES), f"{ITEM_BYTES} bytes for each state"),
    )


def _trail_files(setup: Setup) -> Quantity:
    how = "a file every five minutes and a digest every hour in each region, at most"
    return Quantity(Decimal(TRAIL_FILES * len(setup.regions)), Origin.ASSUMED, how)


def _trail_bytes(usage: Usage, setup: Setup, kept: Decimal) -> Quantity:
    days, measured = Decimal(setup.audit_days or 0), usage.trail.bucket_bytes
    if isinstance(measured, Unread):
        how = f"a tenth of what goes into the log group, kept {days} days: {measured.why}"
        return Quantity(kept / EVENTS_COMPRESSED, Origin.ASSUMED, how).in_gb()
    return Quantity(Decimal(measured), Origin.MEASURED, "the daily storage metric of its bucket").in_gb()


def _either(measured: int | Unread, how: str, assumed: _Assumed) -> Quantity:
    if isinstance(measured, Unread):
        amount, why = assumed
        return Quantity(amount, Origin.ASSUMED, f"{why}: {measured.why}")
    return Quantity(Decimal(measured), Origin.MEASURED, how)

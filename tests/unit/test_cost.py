"""What a backend costs: exact amounts, what holds for any use, and what other settings would change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.cost import Line, estimate, total_cost
from blueprint.prices import US_EAST_1
from blueprint.traffic import GB, Assumptions, Origin
from blueprint.usage import (
    ANY_RANK,
    Amount,
    BucketUsage,
    Cohort,
    KeyUsage,
    RequestUsage,
    Retention,
    Setup,
    TableUsage,
    TrailUsage,
    Unread,
    Usage,
    setup_of,
)
from settings.model import Encryption, Lock, NoncurrentTransition, StorageClass
from statectl.cost.other_lifecycle import moved, retained
from statectl.cost.what_if import changes
from tests.unit.configurations import valid_configurations
from tests.unit.test_settings import GOOD, read
from tests.unit.usages import setups, usages

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
KB, MB = 1024, 1024**2
BOTH = Setup(
    region="us-east-1",
    lock=Lock.BOTH,
    encryption=Encryption.KMS,
    replica_region="us-west-2",
    retention=Retention(90, 20),
    access_log_days=365,
    audit_days=365,
    alarms=3,
)
BUCKET = BucketUsage(
    current={"STANDARD": Amount(100, 10 * GB, 10 * GB)},
    noncurrent={Cohort("STANDARD", True, 40, ANY_RANK): Amount(1000, 100 * GB, 100 * GB)},
    written=Amount(1000, 50 * GB, 50 * GB),
    locked=Amount(100, 30_000, 100 * 128 * KB),
)
MEASURED = Usage(
    setup=BOTH,
    primary=BUCKET,
    replica=BUCKET,
    tables={
        "us-east-1": TableUsage(bytes=GB, read_units=2_000_000, write_units=4_000_000),
        "us-west-2": TableUsage(bytes=0, read_units=0, write_units=0),
    },
    keys=(
        KeyUsage(region="us-east-1", audit=False, rotations=0),
        KeyUsage(region="us-west-2", audit=False, rotations=1),
        KeyUsage(region="us-east-1", audit=True, rotations=7),
    ),
    requests=RequestUsage(reads=5_000_000, lists=1_000_000, metrics=10),
    access_log_bytes={"us-east-1": 15 * GB, "us-west-2": 5 * GB},
    trail=TrailUsage(bucket_bytes=4 * GB, ingested_bytes=8 * GB, alarm_hours=72),
)


def priced(usage: Usage, setup: Setup | None = None) -> tuple[Line, ...]:
    return estimate(usage, setup or usage.setup, US_EAST_1, Assumptions())


def by_name(lines: tuple[Line, ...]) -> dict[tuple[str, str, str], Line]:
    named = {(line.item.part, line.item.what, line.item.region): line for line in lines}
    assert len(named) == len(lines)
    return named


def test_a_measured_backend_costs_what_the_price_list_says_to_the_millionth() -> None:
    here, there = "us-east-1", "us-west-2"
    expected = {
        ("S3 storage", "states, STANDARD", here): "0.23",
        ("S3 storage", "lockfiles", here): "0",
        ("S3 storage", "delete markers", here): "0",
        ("S3 storage", "noncurrent versions, STANDARD", here): "2.3",
        ("S3 storage", "states, STANDARD", there): "0.23",
        ("S3 storage", "lockfiles", there): "0",
        ("S3 storage", "delete markers", there): "0",
        ("S3 storage", "noncurrent versions, STANDARD", there): "2.3",
        ("S3 storage", "access logs", here): "0.345",
        ("S3 storage", "access logs", there): "0.115",
        ("S3 requests", "PUT of states", here): "0.005",
        # A hundred a day.
        ("S3 requests", "PUT of lockfiles", here): "0.015",
        ("S3 requests", "LIST", here): "5",
        ("S3 requests", "GET and HEAD of states", here): "2",
        ("S3 requests", "GET of lockfiles", here): "0.0012",
        # 50 GB and 3,000 lockfiles of 300 bytes.
        ("Replication", "transfer", here): "1.000017",
        ("Replication", "PUT of replicas", there): "0.02",
        ("KMS", "key of states", here): "1",
        ("KMS", "key of states", there): "2",
        ("KMS", "key of the trail", here): "3",
        # 3,000 runs of three requests, 4,000 replicas of two.
        ("KMS", "for states", here): "0.051",
        ("KMS", "for the trail", here): "0.05616",
        ("DynamoDB", "reads", here): "0.25",
        ("DynamoDB", "writes", here): "2.5",
        ("DynamoDB", "storage", here): "0.25",
        ("DynamoDB", "point-in-time recovery", here): "0.2",
        ("DynamoDB", "reads", there): "0",
        ("DynamoDB", "writes", there): "0",
        ("DynamoDB", "storage", there): "0",
        ("DynamoDB", "point-in-time recovery", there): "0",
        # 6,010,000 requests of S3, 8,000 of replication, 6,000,000 units of the table.
        ("Audit trail", "data events", here): "12.018",
        ("Audit trail", "PUT of its files", here): "0.0936",
        ("Audit trail", "its files", here): "0.092",
        ("Audit trail", "into its log group", here): "4",
        # 8 GB a month for 365 days, of which 15 percent are left.
        ("Audit trail", "in its log group", here): "0.438",
        ("Alarms", "alarms", here): "0.3",
        ("Alarms", "their metrics", here): "0.03",
        # Two alarms, and four metrics of the one rule.
        ("Alarms", "alarms on replication", here): "0.2",
        ("Alarms", "metrics of replication", here): "1.2",
        ("Alarms", "request metrics", here): "3",
    }
    lines = priced(MEASURED)
    assert {name: line.cost for name, line in by_name(lines).items()} == {
        name: Decimal(cost) for name, cost in expected.items()
    }
    assert total_cost(lines) == sum(map(Decimal, expected.values()))


def test_what_cannot_be_read_is_assumed_with_the_reason_and_never_taken_for_nothing() -> None:
    why = Unread("access denied: cloudwatch:GetMetricStatistics")
    blind = replace(
        MEASURED,
        replica=why,
        tables={"us-east-1": TableUsage(bytes=why, read_units=why, write_units=why)},
        keys=(KeyUsage(region="us-east-1", audit=False, rotations=why),),
        requests=RequestUsage(reads=why, lists=why, metrics=why),
        access_log_bytes={"us-east-1": why, "us-west-2": why},
        trail=TrailUsage(bucket_bytes=why, ingested_bytes=why, alarm_hours=why),
    )
    lines = by_name(priced(blind))
    quantities = {name[1:]: line.item.quantity for name, line in lines.items()}
    told = [quantity for quantity in quantities.values() if why.why in quantity.how]
    assert {quantity.origin for quantity in told} == {Origin.ASSUMED}
    here = "us-east-1"
    # A thousand writes of a state, twelve reads each, four to a run.
    assert quantities["GET and HEAD of states", here].amount == 12_000
    assert quantities["LIST", here].amount == 9_000
    assert quantities["reads", here].amount == 9_000
    assert quantities["writes", here].amount == 7_000
    assert quantities["storage", here].amount == Decimal(100 * 500) / GB
    assert quantities["key of states", here].amount == 3
    assert quantities["noncurrent versions, STANDARD", "us-west-2"].amount == 100
    for name in ("its files", "into its log group", "their metrics", "request metrics"):
        (quantity,) = [found for (what, _), found in quantities.items() if what == name]
        assert (quantity.origin, why.why in quantity.how) == (Origin.ASSUMED, True), name
    elsewhere = [
        line for line in lines.values() if line.item.region == "us-west-2" and line.item.part != "Replication"
    ]
    assert {line.item.quantity.origin for line in elsewhere} == {Origin.ASSUMED}


@given(usages(), setups)
def test_the_lines_add_up_to_the_total_and_none_is_negative(usage: Usage, setup: Setup) -> None:
    lines = priced(usage, setup)
    assert total_cost(lines) == sum(line.cost for line in lines)
    for line in lines:
        assert line.cost >= 0
        exact = line.item.quantity.amount * line.price / line.per
        assert line.cost == exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)
        assert line.item.quantity.how


def more(usage: Usage, what: str, amount: int) -> Usage:
    """The same usage with more of one thing, where that was measured."""
    added = Amount(amount, amount * MB, amount * MB)
    bucket = usage.primary

    def plus(value: int | Unread) -> int | Unread:
        return value if isinstance(value, Unread) else value + amount

    if what in {"lockfiles", "delete_markers", "written", "locked"}:
        changed: Any = {what: getattr(bucket, what).plus(added)}
        return replace(usage, primary=replace(bucket, **changed))
    if what == "current":
        states = {**bucket.current, "STANDARD": bucket.current.get("STANDARD", Amount()).plus(added)}
        return replace(usage, primary=replace(bucket, current=states))
    if what == "noncurrent":
        versions = {cohort: held.plus(added) for cohort, held in bucket.noncurrent.items()}
        return replace(usage, primary=replace(bucket, noncurrent=versions))
    if what == "access_log_bytes":
        held = {region: plus(size) for region, size in usage.access_log_bytes.items()}
        return replace(usage, access_log_bytes=held)
    if what == "keys":
        return replace(usage, keys=tuple(replace(key, rotations=plus(key.rotations)) for key in usage.keys))
    if what == "tables":
        tables = {
            region: TableUsage(
                bytes=plus(table.bytes), read_units=plus(table.read_units), write_units=plus(table.write_units)
            )
            for region, table in usage.tables.items()
        }
        return replace(usage, tables=tables)
    if what == "trail":
        trail = {
            name: plus(getattr(usage.trail, name)) for name in ("bucket_bytes", "ingested_bytes", "alarm_hours")
        }
        return replace(usage, trail=TrailUsage(**trail))
    asked = {name: plus(getattr(usage.requests, name)) for name in ("reads", "lists", "metrics")}
    return replace(usage, requests=RequestUsage(**asked))


@given(
    usages(),
    st.sampled_from(
        [
            *("lockfiles", "delete_markers", "written", "locked", "current", "noncurrent"),
            *("access_log_bytes", "keys", "tables", "trail", "requests"),
        ]
    ),
    st.integers(1, 10**9),
)
def test_more_of_anything_never_costs_less(usage: Usage, what: str, amount: int) -> None:
    assert total_cost(priced(more(usage, what, amount))) >= total_cost(priced(usage))


def test_old_versions_move_unless_they_are_small_and_early_deletion_is_billed() -> None:
    large, small = Cohort("STANDARD", True, 60, ANY_RANK), Cohort("STANDARD", False, 60, ANY_RANK)
    young = Cohort("STANDARD", True, 3, 20)
    size = Amount(1000, GB, GB)
    bucket = BucketUsage(noncurrent={large: size, small: size, young: size})
    setup = Setup(region="us-east-1", lock=Lock.LOCKFILE, retention=Retention(90, 20))
    found = {}
    for to in StorageClass:
        rule = NoncurrentTransition(days=30, storage_class=to)
        usage = Usage(setup=replace(setup, transition=rule), primary=moved(bucket, rule))
        found[to] = {
            (line.item.what, line.item.price): line.cost
            for line in priced(usage)
            if "versions" in line.item.what or "transitions" in line.item.what or "early" in line.item.what
        }
    stays = {("noncurrent versions, STANDARD", "s3Standard"): Decimal("0.046")}
    assert found[StorageClass.STANDARD_IA] == {
        **stays,
        ("noncurrent versions, STANDARD_IA", "s3StandardIa"): Decimal("0.0125"),
        ("transitions to STANDARD_IA", "s3TransitionStandardIa"): Decimal(0),
    }
    assert found[StorageClass.GLACIER_IR] == {
        **stays,
        ("noncurrent versions, GLACIER_IR", "s3GlacierIr"): Decimal("0.004"),
        # They stay 60 days there, and 90 are billed.
        ("deleted early, GLACIER_IR", "s3GlacierIr"): Decimal("0.002"),
        ("transitions to GLACIER_IR", "s3TransitionGlacierIr"): Decimal(0),
    }
    assert found[StorageClass.INTELLIGENT_TIERING] == {
        **stays,
        ("noncurrent versions, INTELLIGENT_TIERING", "s3IntelligentInfrequent"): Decimal("0.0125"),
        ("noncurrent versions, monitoring", "s3IntelligentMonitoring"): Decimal("0.0025"),
        ("transitions to INTELLIGENT_TIERING", "s3TransitionIntelligentTiering"): Decimal(0),
    }


def test_what_is_small_is_billed_as_128_kb_in_a_cheaper_class_and_as_it_is_in_standard() -> None:
    small = Amount(8192, 8192, GB)
    bucket = BucketUsage(
        current={"STANDARD": small, "GLACIER_IR": small},
        noncurrent={Cohort(name, False, 1, ANY_RANK): small for name in ("STANDARD_IA", "DEEP_ARCHIVE")},
    )
    setup = Setup(region="us-east-1", lock=Lock.LOCKFILE)
    found = {line.item.what: line for line in priced(Usage(setup=setup, primary=bucket))}
    assert found["states, STANDARD"].cost == 0
    assert found["states, GLACIER_IR"].cost == Decimal("0.004")
    assert found["noncurrent versions, STANDARD_IA"].cost == Decimal("0.0125")
    other = found["noncurrent versions, DEEP_ARCHIVE"].item
    assert (other.price, other.quantity.origin) == ("s3Standard", Origin.ASSUMED)


def test_each_change_is_the_difference_of_two_estimates_the_largest_first() -> None:
    stack = read({**GOOD, "replicaRegion": "eu-west-1", "auditTrail": {"days": 365}})
    usage = replace(MEASURED, setup=setup_of(stack))
    now = total_cost(priced(usage))
    found = changes(usage, stack, US_EAST_1, Assumptions())
    assert [abs(change.difference) for change in found] == sorted(
        (abs(change.difference) for change in found), reverse=True
    )
    assert all(change.total == now + change.difference for change in found)
    by_setting = {(change.setting, change.then): change for change in found}
    assert len(by_setting) == len(found)
    for key, setup in {
        ("encryption", "aes256"): replace(usage.setup, encryption=Encryption.AES256),
        ("replicaRegion", "unset"): replace(usage.setup, replica_region=None),
        ("auditTrail", "unset"): replace(usage.setup, audit_days=None, alarms=0),
        ("lock", "lockfile"): replace(usage.setup, lock=Lock.LOCKFILE),
        ("accessLogs", "false"): replace(usage.setup, access_log_days=None),
        ("accessLogDays", "182"): replace(usage.setup, access_log_days=182),
    }.items():
        assert by_setting[key].total == total_cost(priced(usage, setup)), key
        assert by_setting[key].difference < 0, key
    assert by_setting["accessLogDays", "730"].difference > 0
    # The second rule has alarms and metrics of its own, and replicates nothing before a failover.
    assert by_setting["replication", "twoWay"].difference == Decimal("1.4")
    assert by_setting["noncurrentTransition", "STANDARD_IA after 30 days"].difference < 0
    # All of the noncurrent versions are 40 days old, in both regions.
    assert by_setting["noncurrentVersionDays", "45"].difference == 0
    half = replace(usage, primary=retained(BUCKET, Retention(30, 20)), replica=retained(BUCKET, Retention(30, 20)))
    assert now - total_cost(priced(half)) == Decimal("4.6")


@settings(max_examples=40)
@given(usages(), valid_configurations())
def test_changes_can_be_told_of_every_stack(usage: Usage, configuration: Mapping[str, Any]) -> None:
    stack = read(dict(configuration))
    usage = replace(usage, setup=setup_of(stack))
    found = changes(usage, stack, US_EAST_1, Assumptions())
    assert {"lock", "replicaRegion", "encryption", "auditTrail"} <= {change.setting for change in found}
    assert all(change.total >= 0 and change.now != change.then for change in found)

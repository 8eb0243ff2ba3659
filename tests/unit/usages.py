"""Hypothesis strategies for what can be measured of a backend, and for what one is made of."""

from hypothesis import strategies as st

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
)
from settings.model import Encryption, Lock, NoncurrentTransition, StorageClass

KB = 1024

amounts = st.builds(
    lambda objects, size: Amount(objects, objects * size, objects * max(size, 128 * KB)),
    st.integers(0, 10**6),
    st.integers(0, 10**8),
)
cohorts = st.builds(
    Cohort,
    st.sampled_from(["STANDARD", "STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING", "DEEP_ARCHIVE"]),
    st.booleans(),
    st.integers(0, 400),
    st.sampled_from([10, 20, ANY_RANK]),
)
bucket_usages = st.builds(
    BucketUsage,
    current=st.dictionaries(st.sampled_from(["STANDARD", "GLACIER_IR"]), amounts, max_size=2),
    noncurrent=st.dictionaries(cohorts, amounts, max_size=5),
    lockfiles=amounts,
    delete_markers=amounts,
    written=amounts,
    window_days=st.integers(1, 30),
    locked=amounts,
)
readings = st.integers(0, 10**12) | st.just(Unread("no answer"))
table_usages = st.builds(TableUsage, bytes=readings, read_units=readings, write_units=readings)
transitions = st.tuples(st.integers(1, 100), st.sampled_from(StorageClass)).map(
    lambda rule: NoncurrentTransition(days=rule[0], storage_class=rule[1])
)
setups = st.builds(
    Setup,
    region=st.just("eu-central-1"),
    lock=st.sampled_from(Lock),
    encryption=st.none() | st.sampled_from(Encryption),
    replica_region=st.none() | st.just("eu-west-1"),
    retention=st.none() | st.builds(Retention, st.integers(1, 400), st.integers(1, 100)),
    transition=st.none() | transitions,
    access_log_days=st.none() | st.integers(1, 3650),
    audit_days=st.none() | st.integers(1, 3650),
    alarms=st.integers(0, 3),
)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    setup = draw(setups)
    regions = st.sampled_from(setup.regions)
    return Usage(
        setup=setup,
        primary=draw(bucket_usages),
        replica=draw(bucket_usages | st.just(Unread("denied"))),
        tables=draw(st.dictionaries(regions, table_usages)),
        keys=tuple(draw(st.lists(st.builds(KeyUsage, region=regions, audit=st.booleans(), rotations=readings)))),
        requests=draw(st.builds(RequestUsage, reads=readings, lists=readings, metrics=readings)),
        access_log_bytes=draw(st.dictionaries(regions, readings)),
        trail=draw(st.builds(TrailUsage, bucket_bytes=readings, ingested_bytes=readings, alarm_hours=readings)),
    )

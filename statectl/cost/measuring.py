"""Measures a backend: both state buckets in one pass each, and what AWS's own metrics say.

What cannot be read becomes the reason, from which the estimate makes an assumption; only the state bucket of the
first region has to be readable.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from blueprint.backend import Backend, backend
from blueprint.usage import (
    NOT_THERE,
    BucketUsage,
    KeyUsage,
    RequestUsage,
    Setup,
    TableUsage,
    TrailUsage,
    Unread,
    Usage,
    setup_of,
)
from settings.model import Encryption
from statectl.cost.counting import Counting, count
from statectl.cost.other_lifecycle import shorter_and_longer
from statectl.known_backend import KnownBackend
from store.bucket import StoredVersion
from store.clients import Clients
from store.failures import CredentialsError, StoreFailureError
from store.location import Location
from store.store import Store
from store.usage import Meter

OFF = ""

Value = TypeVar("Value")
Watch = Callable[[Iterable[StoredVersion], str], Iterable[StoredVersion]]
"""Hands versions on, with a title, while somebody watches them come."""


def setup_from(known: KnownBackend) -> Setup:
    """What the backend is made of, as far as the way it was found tells."""
    if known.settings is not None:
        return setup_of(known.settings)
    return Setup(
        region=known.location.region,
        lock=known.location.lock,
        encryption=Encryption.KMS if known.location.kms_key_arn else None,
        replica_region=known.replica.region if known.replica else None,
    )


def measure(clients: Clients, known: KnownBackend, watch: Watch) -> Usage:
    """All that can be measured.

    :raises store.failures.StoreFailureError: where the state bucket of the first region cannot be listed.
    """
    setup = setup_from(known)
    counting = _counting(setup)
    plan = backend(known.settings) if known.settings else None

    def counted(location: Location) -> BucketUsage:
        return count(watch(Store(clients, location).bucket.versions(), location.bucket), counting)

    return Usage(
        setup=setup,
        primary=counted(known.location),
        replica=_reading(counted, known.replica) if known.replica else NOT_THERE,
        tables={
            place.region: _table(clients, place.region, place.table) for place in _places(known) if place.table
        },
        keys=tuple(_keys(clients, known, plan)),
        requests=_requests(Meter(clients, setup.region), known.location.bucket),
        access_log_bytes=_access_logs(clients, plan),
        trail=_trail(clients, plan),
    )


def _counting(setup: Setup) -> Counting:
    shorter, longer = shorter_and_longer(setup)
    told_apart = {other.newest for other in shorter} | ({setup.retention.newest} if setup.retention else set())
    return Counting(
        now=datetime.now(UTC),
        retention=setup.retention,
        transition=setup.transition,
        ranks=sorted(told_apart),
        longer=longer,
    )


def _reading(ask: Callable[..., Value | None], *about: object) -> Value | Unread:
    """What AWS answers, or why it does not; without credentials nothing at all can be told."""
    try:
        answer = ask(*about)
    except CredentialsError:
        raise
    except StoreFailureError as error:
        return Unread(str(error))
    return Unread("there is no metric of it") if answer is None else answer


def _places(known: KnownBackend) -> Iterator[Location]:
    yield known.location
    if known.replica is not None:
        yield known.replica


def _table(clients: Clients, region: str, table: str) -> TableUsage:
    meter = Meter(clients, region)
    return TableUsage(
        bytes=_reading(meter.table_bytes, table),
        read_units=_reading(meter.table_reads, table),
        write_units=_reading(meter.table_writes, table),
    )


def _keys(clients: Clients, known: KnownBackend, plan: Backend | None) -> Iterator[KeyUsage]:
    named: list[tuple[str, str, bool]] = []
    if plan is None:
        named += [(place.region, place.kms_key_arn, False) for place in _places(known) if place.kms_key_arn]
    else:
        regions = [region for region in (plan.primary, plan.replica) if region is not None]
        named += [(region.region, region.key.alias, False) for region in regions if region.key is not None]
        if plan.audit and plan.audit.recording:
            key = plan.audit.recording.key
            named.append((key.region, key.alias, True))
    for region, name, audit in named:
        yield KeyUsage(region=region, audit=audit, rotations=_reading(Meter(clients, region).rotations, name))


def _requests(meter: Meter, bucket: str) -> RequestUsage:
    """What the request metrics say, where somebody turned them on: the stack does not."""
    found = _reading(lambda: meter.request_filter(bucket) or OFF)
    if isinstance(found, Unread):
        return RequestUsage(reads=found, lists=found, metrics=found)
    if found == OFF:
        return RequestUsage()
    return RequestUsage(
        reads=_reading(meter.requests, bucket, found, "GetRequests", "HeadRequests"),
        lists=_reading(meter.requests, bucket, found, "ListRequests"),
        metrics=_reading(meter.request_metrics, bucket, found),
    )


def _access_logs(clients: Clients, plan: Backend | None) -> dict[str, int | Unread]:
    return {
        half.region: _reading(Meter(clients, half.region).bucket_bytes, half.log_bucket.name)
        for half in ((plan.primary, plan.replica) if plan else ())
        if half is not None and half.log_bucket is not None
    }


def _trail(clients: Clients, plan: Backend | None) -> TrailUsage:
    if plan is None or plan.audit is None:
        return TrailUsage()
    meter, audit, recording = Meter(clients, plan.primary.region), plan.audit, plan.audit.recording
    hours = [_reading(meter.hours_with_data, audit.namespace, alarm.name) for alarm in audit.alarms]
    untold = next((found for found in hours if isinstance(found, Unread)), None)
    trail = TrailUsage(alarm_hours=untold or sum(found for found in hours if isinstance(found, int)))
    if recording is None:
        return trail
    return replace(
        trail,
        bucket_bytes=_reading(meter.bucket_bytes, recording.bucket.name),
        ingested_bytes=_reading(meter.log_bytes, recording.name),
    )

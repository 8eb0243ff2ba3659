"""What S3 stores of a backend and bills by the GB: states, noncurrent versions by class, lockfiles, access logs.

Source: https://aws.amazon.com/s3/pricing/ and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from blueprint.traffic import MONTH_DAYS, Item, Origin, Quantity, Traffic
from blueprint.usage import NOT_THERE, STANDARD, Amount, BucketUsage, Cohort, Setup, Unread, Usage, total
from settings.model import StorageClass

PART = "S3 storage"
PRICES = {
    STANDARD: "s3Standard",
    StorageClass.STANDARD_IA.value: "s3StandardIa",
    StorageClass.GLACIER_IR.value: "s3GlacierIr",
    StorageClass.INTELLIGENT_TIERING.value: "s3IntelligentFrequent",
}
"""The price of each storage class; of INTELLIGENT_TIERING, that of what is read often."""
TRANSITION_PRICES = {
    StorageClass.STANDARD_IA: "s3TransitionStandardIa",
    StorageClass.GLACIER_IR: "s3TransitionGlacierIr",
    StorageClass.INTELLIGENT_TIERING: "s3TransitionIntelligentTiering",
}
MINIMUM_DAYS = {StorageClass.STANDARD_IA.value: 30, StorageClass.GLACIER_IR.value: 90}
"""Days that an object is billed for at least, even where it is deleted before."""
TIERS = ((90, "s3IntelligentArchive"), (30, "s3IntelligentInfrequent"), (0, "s3IntelligentFrequent"))
"""Days unread, and the tier of INTELLIGENT_TIERING from then on."""
LOG_LINE_BYTES = 600
"""What a request leaves in the access log, about."""


class _Place(NamedTuple):
    """A state bucket: what is in it, its region, where that is known from, and what there is to say of it."""

    bucket: BucketUsage
    region: str
    origin: Origin
    note: str


def storage(usage: Usage, setup: Setup, month: Traffic) -> Iterator[Item]:
    """All that S3 stores, but for the audit trail, and the moves of noncurrent versions to another class."""
    for place in _places(usage, setup):
        yield from _current(place)
        yield from _noncurrent(place, setup)
        yield from _transitions(place, setup)
    for region in setup.regions if setup.access_log_days is not None else ():
        yield Item(PART, "s3Standard", "access logs", region, _access_logs(usage, setup, month, region))


def _places(usage: Usage, setup: Setup) -> Iterator[_Place]:
    yield _Place(usage.primary, setup.region, Origin.COUNTED, "")
    if setup.replica_region is None:
        return
    if isinstance(usage.replica, Unread):
        why = f", as in the first region: {usage.replica.why}"
        yield _Place(usage.primary, setup.replica_region, Origin.ASSUMED, why)
    else:
        yield _Place(usage.replica, setup.replica_region, Origin.COUNTED, "")


def _current(place: _Place) -> Iterator[Item]:
    for storage_class, amount in sorted(place.bucket.current.items()):
        yield _in_class(place, f"states, {storage_class}", storage_class, amount)
    yield _in_class(place, "lockfiles", STANDARD, place.bucket.lockfiles)
    yield _in_class(place, "delete markers", STANDARD, place.bucket.delete_markers)


def _noncurrent(place: _Place, setup: Setup) -> Iterator[Item]:
    by_class: dict[str, dict[Cohort, Amount]] = {}
    for cohort, amount in place.bucket.noncurrent.items():
        by_class.setdefault(cohort.storage_class, {})[cohort] = amount
    for storage_class, cohorts in sorted(by_class.items()):
        if storage_class == StorageClass.INTELLIGENT_TIERING:
            yield from _tiers(place, cohorts, setup)
            continue
        yield _in_class(place, f"noncurrent versions, {storage_class}", storage_class, total(cohorts.values()))
        yield from _deleted_early(place, storage_class, cohorts, setup)


def _tiers(place: _Place, cohorts: Mapping[Cohort, Amount], setup: Setup) -> Iterator[Item]:
    """Nobody reads noncurrent versions, so each sinks from tier to tier; what is small stays where it was."""
    moved_at = setup.transition.days if setup.transition else MONTH_DAYS
    sums: dict[str, Amount] = {}
    for cohort, amount in cohorts.items():
        unread = max(0, cohort.age - moved_at) if cohort.movable else 0
        price = next(price for days, price in TIERS if unread >= days)
        sums[price] = sums.get(price, Amount()).plus(amount)
    how = f"nobody read them since they moved, {moved_at} days old{place.note}"
    for price, amount in sorted(sums.items()):
        quantity = Quantity(Decimal(amount.bytes), Origin.ASSUMED, how).in_gb()
        yield Item(PART, price, "noncurrent versions, INTELLIGENT_TIERING", place.region, quantity)
    watched = total(amount for cohort, amount in cohorts.items() if cohort.movable).objects
    quantity = Quantity(Decimal(watched), Origin.COUNTED, f"versions of 128 KB and more{place.note}")
    yield Item(PART, "s3IntelligentMonitoring", "noncurrent versions, monitoring", place.region, quantity)


def _deleted_early(
    place: _Place, storage_class: str, cohorts: Mapping[Cohort, Amount], setup: Setup
) -> Iterator[Item]:
    least = MINIMUM_DAYS.get(storage_class)
    if least is None or setup.retention is None or setup.transition is None:
        return
    stays = setup.retention.days - setup.transition.days
    if not 0 < stays < least:
        return
    # Those that go for their age: in `stays` days as many as are there now, each billed for the rest as well.
    going = total(amount for cohort, amount in cohorts.items() if cohort.rank > setup.retention.newest)
    how = f"they stay {stays} days, and {least} are billed at least"
    quantity = Quantity(Decimal(going.billed) * (least - stays) / stays, Origin.ASSUMED, how).in_gb()
    yield Item(PART, PRICES[storage_class], f"deleted early, {storage_class}", place.region, quantity)


def _transitions(place: _Place, setup: Setup) -> Iterator[Item]:
    if setup.transition is None:
        return
    first, to = setup.transition.days, setup.transition.storage_class
    ages = range(first, first + MONTH_DAYS)
    moving = total(a for cohort, a in place.bucket.noncurrent.items() if cohort.movable and cohort.age in ages)
    how = f"old enough for less than {MONTH_DAYS} days{place.note}"
    quantity = Quantity(Decimal(moving.objects), place.origin, how)
    yield Item("S3 requests", TRANSITION_PRICES[to], f"transitions to {to}", place.region, quantity)


def _access_logs(usage: Usage, setup: Setup, month: Traffic, region: str) -> Quantity:
    days, measured = setup.access_log_days or 0, usage.access_log_bytes.get(region, NOT_THERE)
    if isinstance(measured, Unread):
        requests = month.requests if region == setup.region else month.replicated.amount
        how = f"{LOG_LINE_BYTES} bytes for each request, kept {days} days: {measured.why}"
        return Quantity(requests * LOG_LINE_BYTES * days / MONTH_DAYS, Origin.ASSUMED, how).in_gb()
    if days == usage.setup.access_log_days:
        return Quantity(Decimal(measured), Origin.MEASURED, "the daily storage metric of the log bucket").in_gb()
    share = Decimal(days) / (usage.setup.access_log_days or days)
    return Quantity(measured * share, Origin.ASSUMED, "in proportion to the days").in_gb()


def _in_class(place: _Place, what: str, storage_class: str, amount: Amount) -> Item:
    price, origin = PRICES.get(storage_class), place.origin
    size = amount.billed if storage_class in MINIMUM_DAYS else amount.bytes
    how = f"{amount.objects:,} in the bucket{place.note}"
    if price is None:
        origin, how = Origin.ASSUMED, f"{how}; there is no price for {storage_class} here, so that of STANDARD"
    return Item(PART, price or PRICES[STANDARD], what, place.region, Quantity(Decimal(size), origin, how).in_gb())

"""What AWS asks for each thing that the backend uses: a dated price list, and how one is read from a file.

The list in here is AWS's public one for us-east-1. Other regions have lists of their own, which differ by up to a
half, so they are not guessed here: a file names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from settings.mistakes import MISSING, Mistake, nearest

_S3 = "https://aws.amazon.com/s3/pricing/"
_KMS = "https://aws.amazon.com/kms/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_CLOUDTRAIL = "https://aws.amazon.com/cloudtrail/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """How one thing is sold, the same in every region.

    :param per: how many units one price buys.
    :param unit: the unit; a GB is 2 to the power of 30 bytes, as AWS bills it.
    :param what: what it is, in words.
    :param source: AWS's page with its price.
    """

    per: int
    unit: str
    what: str
    source: str

    @property
    def bought(self) -> str:
        """What a price buys, in words: ``GB-month``, ``1,000 requests``."""
        return self.unit if self.per == 1 else f"{self.per:,} {self.unit}s"


def _of(what: str, unit: str, source: str, *, per: int = 1) -> Tariff:
    return Tariff(per=per, unit=unit, what=what, source=source)


TARIFFS: Mapping[str, Tariff] = {
    "s3Standard": _of("storage in STANDARD", "GB-month", _S3),
    "s3StandardIa": _of("storage in STANDARD_IA", "GB-month", _S3),
    "s3GlacierIr": _of("storage in GLACIER_IR", "GB-month", _S3),
    "s3IntelligentFrequent": _of("INTELLIGENT_TIERING, frequent access", "GB-month", _S3),
    "s3IntelligentInfrequent": _of("INTELLIGENT_TIERING, unread for 30 days", "GB-month", _S3),
    "s3IntelligentArchive": _of("INTELLIGENT_TIERING, unread for 90 days", "GB-month", _S3),
    "s3IntelligentMonitoring": _of("INTELLIGENT_TIERING, monitoring", "object-month", _S3, per=1000),
    "s3Put": _of("PUT, COPY, POST and LIST", "request", _S3, per=1000),
    "s3Get": _of("GET, HEAD and all other requests", "request", _S3, per=1000),
    "s3TransitionStandardIa": _of("transitions to STANDARD_IA", "request", _S3, per=1000),
    "s3TransitionIntelligentTiering": _of("transitions to INTELLIGENT_TIERING", "request", _S3, per=1000),
    "s3TransitionGlacierIr": _of("transitions to GLACIER_IR", "request", _S3, per=1000),
    "s3TransferBetweenRegions": _of("transfer to the second region", "GB", _S3),
    "kmsKey": _of("a customer key, and each of its first two rotations", "key-month", _KMS),
    "kmsRequest": _of("requests to KMS", "request", _KMS, per=10_000),
    "dynamodbWrite": _of("on-demand writes", "write unit", _DYNAMODB, per=1_000_000),
    "dynamodbRead": _of("on-demand reads", "read unit", _DYNAMODB, per=1_000_000),
    "dynamodbStorage": _of("storage of the table", "GB-month", _DYNAMODB),
    "dynamodbPitr": _of("point-in-time recovery", "GB-month", _DYNAMODB),
    "cloudtrailDataEvent": _of("data events", "event", _CLOUDTRAIL, per=100_000),
    "logsIngestion": _of("ingestion into CloudWatch Logs", "GB", _CLOUDWATCH),
    "logsStorage": _of("storage in CloudWatch Logs", "GB-month", _CLOUDWATCH),
    "alarm": _of("an alarm of standard resolution", "alarm-month", _CLOUDWATCH),
    "customMetric": _of("a custom metric, for the hours that it has data", "metric-month", _CLOUDWATCH),
}
"""Everything that has a price here, by its key in a price file."""


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """Prices of one region, or of one contract.

    :param name: whose prices they are, for people.
    :param as_of: when they were looked up.
    :param currency: three letters.
    :param amounts: what :attr:`Tariff.per` units cost, by key of :data:`TARIFFS`.
    """

    name: str
    as_of: date
    currency: str
    amounts: Mapping[str, Decimal]


US_EAST_1 = PriceList(
    name="AWS's list prices in us-east-1",
    # The last month for which AWS's pages and the guides that cite them agree.
    as_of=date(2026, 6, 30),
    currency="USD",
    amounts={
        "s3Standard": Decimal("0.023"),
        "s3StandardIa": Decimal("0.0125"),
        "s3GlacierIr": Decimal("0.004"),
        "s3IntelligentFrequent": Decimal("0.023"),
        "s3IntelligentInfrequent": Decimal("0.0125"),
        "s3IntelligentArchive": Decimal("0.004"),
        "s3IntelligentMonitoring": Decimal("0.0025"),
        "s3Put": Decimal("0.005"),
        "s3Get": Decimal("0.0004"),
        "s3TransitionStandardIa": Decimal("0.01"),
        "s3TransitionIntelligentTiering": Decimal("0.01"),
        "s3TransitionGlacierIr": Decimal("0.02"),
        # To most regions; to us-east-2 it is half as much.
        "s3TransferBetweenRegions": Decimal("0.02"),
        "kmsKey": Decimal(1),
        "kmsRequest": Decimal("0.03"),
        "dynamodbWrite": Decimal("0.625"),
        "dynamodbRead": Decimal("0.125"),
        "dynamodbStorage": Decimal("0.25"),
        "dynamodbPitr": Decimal("0.20"),
        "cloudtrailDataEvent": Decimal("0.10"),
        "logsIngestion": Decimal("0.50"),
        "logsStorage": Decimal("0.03"),
        "alarm": Decimal("0.10"),
        "customMetric": Decimal("0.30"),
    },
)
"""AWS's public prices in us-east-1, the first tier of each. The page of each is :attr:`Tariff.source`."""

DEAREST = 10**9
"""The most that a price may be, in any currency; what is above is a slip of the keyboard."""


class PricesError(ValueError):
    """A price file cannot be used; ``mistakes`` holds every reason found."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__(f"the price list has {count}:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes))


def parse_prices(document: object) -> PriceList:
    """The price list that a file holds: ``name``, ``asOf``, ``currency``, and ``prices`` by the keys of
    :data:`TARIFFS`, every one of them: a region's price is never taken for another's.

    :param document: what YAML or JSON gave.
    :raises PricesError: with every mistake found, where there is one or more.
    """
    if not isinstance(document, Mapping):
        fix = "write name, asOf, currency and prices; statectl cost --print-prices shows one"
        raise PricesError([Mistake(key="(file)", value=document, problem="is not a map", fix=fix)])
    mistakes = _unknown(document, ("name", "asOf", "currency", "prices"), "")
    name, currency, as_of = document.get("name", MISSING), document.get("currency", MISSING), _day(document)
    if not isinstance(name, str) or not name.strip():
        mistakes.append(_wrong("name", name, "is no name", "say whose prices they are"))
    if as_of is None:
        mistakes.append(_wrong("asOf", document.get("asOf", MISSING), "is no date", "write 2026-06-30"))
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        mistakes.append(_wrong("currency", currency, "is no currency", "write its three letters, such as USD"))
    given = document.get("prices", MISSING)
    amounts: dict[str, Decimal] = {}
    if not isinstance(given, Mapping):
        mistakes.append(_wrong("prices", given, "is not a map", "give each key of --print-prices its price"))
    else:
        mistakes += _unknown(given, tuple(TARIFFS), "prices.")
        for key, tariff in TARIFFS.items():
            amount = _amount(given.get(key))
            if amount is None:
                fix = f"write what is asked per {tariff.bought}, 0 or more"
                mistakes.append(_wrong(f"prices.{key}", given.get(key, MISSING), "is no price", fix))
            else:
                amounts[key] = amount
    if mistakes or as_of is None:
        raise PricesError(mistakes)
    return PriceList(name=str(name), as_of=as_of, currency=str(currency), amounts=amounts)


def _wrong(key: str, value: object, problem: str, fix: str) -> Mistake:
    return Mistake(key=key, value=value, problem="is missing" if value is MISSING else problem, fix=fix)


def _unknown(given: Mapping[Any, Any], known: tuple[str, ...], path: str) -> list[Mistake]:
    found = []
    for key in given:
        if key not in known:
            guess = nearest(str(key), known)
            fix = f"use {guess}" if guess else "leave it out; statectl cost --print-prices shows every key"
            found.append(Mistake(key=f"{path}{key}", value=given[key], problem="is not a key here", fix=fix))
    return found


def _day(document: Mapping[Any, Any]) -> date | None:
    value = document.get("asOf")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        # By way of its text, so that 0.023 is what was written and not the nearest binary fraction.
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= DEAREST else None

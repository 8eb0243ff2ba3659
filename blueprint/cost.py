"""What a backend costs a month: from its usage, what it is made of and a price list to lines of cost.

A month has 30 days. Money is exact: each line is rounded to a millionth, and the total is the sum of the lines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from blueprint.billed_services import alarms, audit, keys, tables
from blueprint.billed_storage import storage
from blueprint.prices import TARIFFS, PriceList
from blueprint.traffic import Assumptions, Item, Traffic, traffic
from blueprint.usage import Setup, Usage

MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What one thing costs a month.

    :param item: the thing, with how much of it there is and where that comes from.
    :param unit: what is counted.
    :param price: what ``per`` units cost.
    :param per: how many units that price buys.
    :param cost: what it comes to, to the millionth.
    """

    item: Item
    unit: str
    price: Decimal
    per: int
    cost: Decimal


def estimate(usage: Usage, setup: Setup, prices: PriceList, assumptions: Assumptions) -> tuple[Line, ...]:
    """What a backend costs a month that is used like this one and made like ``setup``."""
    return tuple(_priced(item, prices) for item in billed(usage, setup, assumptions))


def total_cost(lines: Iterable[Line]) -> Decimal:
    """The sum of the lines."""
    return sum((line.cost for line in lines), Decimal(0))


def billed(usage: Usage, setup: Setup, assumptions: Assumptions) -> Iterator[Item]:
    """All that AWS bills, without its price."""
    month = traffic(usage, setup, assumptions)
    yield from storage(usage, setup, month)
    yield from _requests(setup, month)
    yield from _replication(setup, month)
    yield from keys(usage, setup, month)
    yield from tables(usage, setup, month)
    yield from audit(usage, setup, month)
    yield from alarms(usage, setup)


def _priced(item: Item, prices: PriceList) -> Line:
    tariff, price = TARIFFS[item.price], prices.amounts[item.price]
    cost = (item.quantity.amount * price / tariff.per).quantize(MILLIONTH, ROUND_HALF_UP)
    return Line(item=item, unit=tariff.unit, price=price, per=tariff.per, cost=cost)


def _requests(setup: Setup, month: Traffic) -> Iterator[Item]:
    """What Terraform asks of the bucket; DELETE is free."""
    for price, what, quantity in (
        ("s3Put", "PUT of states", month.writes),
        ("s3Put", "PUT of lockfiles", month.locks),
        ("s3Put", "LIST", month.lists),
        ("s3Get", "GET and HEAD of states", month.reads),
        ("s3Get", "GET of lockfiles", month.locks),
    ):
        yield Item("S3 requests", price, what, setup.region, quantity)


def _replication(setup: Setup, month: Traffic) -> Iterator[Item]:
    """The way to the second region, without replication time control, which the stack does not use."""
    if setup.replica_region is not None:
        transfer = month.replicated_bytes.in_gb()
        yield Item("Replication", "s3TransferBetweenRegions", "transfer", setup.region, transfer)
        yield Item("Replication", "s3Put", "PUT of replicas", setup.replica_region, month.replicated)

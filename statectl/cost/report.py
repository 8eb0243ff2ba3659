"""The estimate as it is printed: amounts as decimal text, as Cost Explorer has them, so that none is rounded."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from blueprint.cost import Line, estimate, total_cost
from blueprint.prices import PriceList
from blueprint.traffic import LISTS_PER_RUN, READS_PER_RUN, RUNS_PER_WRITE, Assumptions, Origin
from blueprint.usage import Usage
from settings.model import Settings
from statectl.cost.what_if import Change, changes


@dataclass(frozen=True, kw_only=True, slots=True)
class CostLine:
    """What one thing costs a month.

    :param part: the part of the backend.
    :param what: what it is.
    :param region: where it is billed.
    :param quantity: how much of it there is in a month.
    :param unit: what is counted; a GB is 2 to the power of 30 bytes.
    :param unit_price: what ``per`` units cost.
    :param per: how many units that price buys.
    :param monthly_cost: what it comes to, to the millionth.
    :param origin: ``measured``, ``counted`` from versions, ``promised`` by the stack, or ``assumed``.
    :param how: where the quantity comes from, in words.
    """

    part: str
    what: str
    region: str
    quantity: str
    unit: str
    unit_price: str
    per: int
    monthly_cost: str
    origin: Origin
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CostChange:
    """What another value of one setting would change.

    :param setting: its key in the stack file.
    :param now: its value.
    :param then: the other value.
    :param difference: what the backend would cost more a month; negative where less.
    :param total: what it would cost then.
    :param how: what there is to know of it.
    """

    setting: str
    now: str
    then: str
    difference: str
    total: str
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CostEstimate:
    """What a backend costs a month.

    :param source: how the backend was found.
    :param currency: of all amounts.
    :param price_list: whose prices they are.
    :param prices_as_of: when they were looked up, as a date.
    :param total: the sum of the lines.
    :param lines: by part.
    :param assumptions: what holds for all of it; what a line assumes, it says itself.
    :param changes: what other settings would change, the largest first.
    """

    source: str
    currency: str
    price_list: str
    prices_as_of: str
    total: str
    lines: tuple[CostLine, ...]
    assumptions: tuple[str, ...]
    changes: tuple[CostChange, ...]


def report(
    source: str, usage: Usage, settings: Settings | None, prices: PriceList, assumptions: Assumptions
) -> CostEstimate:
    """The estimate of a backend that was measured.

    :param settings: what its stack promises; ``None`` where it was found by something else.
    """
    lines = estimate(usage, usage.setup, prices, assumptions)
    return CostEstimate(
        source=source,
        currency=prices.currency,
        price_list=prices.name,
        prices_as_of=prices.as_of.isoformat(),
        total=text(total_cost(lines)),
        lines=tuple(map(_line, lines)),
        assumptions=tuple(_general(settings, assumptions)),
        changes=tuple(map(_change, changes(usage, settings, prices, assumptions))),
    )


def text(amount: Decimal) -> str:
    """A number as text, with no more digits than it has and six behind the point at most."""
    rounded = amount.quantize(Decimal("0.000001"))
    return f"{rounded.normalize():f}" if rounded else "0"


def _line(line: Line) -> CostLine:
    item = line.item
    return CostLine(
        part=item.part,
        what=item.what,
        region=item.region,
        quantity=text(item.quantity.amount),
        unit=line.unit,
        unit_price=f"{line.price.normalize():f}",
        per=line.per,
        monthly_cost=text(line.cost),
        origin=item.quantity.origin,
        how=item.quantity.how,
    )


def _change(change: Change) -> CostChange:
    return CostChange(
        setting=change.setting,
        now=change.now,
        then=change.then,
        difference=text(change.difference),
        total=text(change.total),
        how=change.how,
    )


def _general(settings: Settings | None, assumptions: Assumptions) -> Iterator[str]:
    yield "A month has 30 days. Prices are the first tier's; free tiers belong to the account and are left aside."
    yield (
        f"{assumptions.reads_per_write.normalize():f} reads (HEAD, GET) of a state for each version written "
        f"(--reads-per-write): Terraform reads {READS_PER_RUN} times and lists {LISTS_PER_RUN} times a run, and "
        f"{RUNS_PER_WRITE} runs, two plans and an apply, make a write."
    )
    yield "Nothing is counted for data that leave AWS or the region on their way to whoever runs Terraform."
    if settings is None:
        yield (
            "Found without its stack: keys, access logs, audit trail and alarms are left out where nothing names "
            "them, and what depends on settings that nobody says is not compared. Use --stack for all of it."
        )

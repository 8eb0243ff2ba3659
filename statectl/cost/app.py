"""The command, and what it prints."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from blueprint.prices import US_EAST_1
from blueprint.traffic import READS_PER_RUN, RUNS_PER_WRITE, Assumptions
from settings.regions import partition_of
from statectl.app import new_app
from statectl.cost.measuring import measure
from statectl.cost.price_file import read_prices, written
from statectl.cost.report import CostEstimate, report
from statectl.exit_code import ExitCode
from statectl.options import JsonOption, on_backend
from statectl.output import print_one, print_rows, print_text
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.session import Session
from store.bucket import StoredVersion

app = new_app()

MOST_READS = 1_000_000


def _reads(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal(-1)
    if not (number.is_finite() and 0 <= number <= MOST_READS):
        raise ValueError(f'"{value}" is not a number from 0 to {MOST_READS:,}')
    return number


PricesOption = Annotated[
    Path | None,
    typer.Option(
        "--prices", metavar="FILE", help="Prices of another region or contract, as --print-prices has them."
    ),
]
PrintPricesOption = Annotated[
    bool, typer.Option("--print-prices", help="Print the price list as a file for --prices, and no estimate.")
]
ReadsOption = Annotated[
    Decimal | None,
    typer.Option(
        "--reads-per-write",
        parser=_reads,
        metavar="NUMBER",
        help="HEAD and GET requests of a state for each version of it that is written "
        f"[default: {READS_PER_RUN * RUNS_PER_WRITE}].",
    ),
]

LINES = {
    "part": lambda line: line.part,
    "what": lambda line: line.what,
    "region": lambda line: line.region,
    "quantity": lambda line: line.quantity,
    "unit": lambda line: line.unit,
    "price": lambda line: line.unit_price if line.per == 1 else f"{line.unit_price} per {line.per:,}",
    "monthly": lambda line: money(line.monthly_cost),
    "from": lambda line: f"{line.origin}: {line.how}",
}
CHANGES = {
    "setting": lambda change: change.setting,
    "now": lambda change: change.now,
    "then": lambda change: change.then,
    "difference": lambda change: money(change.difference, sign=True),
    "monthly": lambda change: money(change.total),
    "note": lambda change: change.how,
}


@app.command()
@on_backend
def cost(
    session: Session,
    *,
    prices: PricesOption = None,
    print_prices: PrintPricesOption = False,
    reads_per_write: ReadsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Estimate what the backend costs a month, by part, and what other settings would change.

    Sizes and writes come from the versions in the buckets, the rest from free metrics of the last 30 days; what
    cannot be read is assumed, and said. Prices are AWS's list prices in us-east-1 unless --prices names others.
    """
    listed = read_prices(prices) if prices else US_EAST_1
    if print_prices:
        print_text(written(listed))
        return
    known = session.backend
    _require_prices(known.location.region, given=prices is not None)
    usage = measure(session.clients, known, _watch)
    assumptions = Assumptions() if reads_per_write is None else Assumptions(reads_per_write=reads_per_write)
    found = report(known.source, usage, known.settings, listed, assumptions)
    if as_json:
        print_one(found, [], as_json=True)
    else:
        _print(found)


def money(amount: str, *, sign: bool = False) -> str:
    """An amount to the hundredth of a cent, since most lines are smaller than a cent."""
    value = round(Decimal(amount), 4)
    if not value:
        return "0.0000"
    return f"{value:+.4f}" if sign else f"{value:.4f}"


def _watch(versions: Iterable[StoredVersion], title: str) -> Iterable[StoredVersion]:
    return watched(versions, title)


def _require_prices(region: str, *, given: bool) -> None:
    try:
        partition = partition_of(region).name
    except KeyError:
        partition = "an unknown partition"
    if partition != "aws" and not given:
        raise RefusalError(
            f"{region} is in {partition}, whose prices are not those of us-east-1",
            next_step="write a price list with --print-prices, put your prices in, and name it with --prices",
            code=ExitCode.USAGE,
        )


def _print(found: CostEstimate) -> None:
    print_rows(found.lines, LINES, as_json=False)
    print_text(
        f"\nTotal {money(found.total)} {found.currency} a month. Prices: {found.price_list}, "
        f"{found.prices_as_of}; those of other regions and contracts differ (--prices).\n"
    )
    if found.changes:
        print_text("\nWhat would change it:\n")
        print_rows(found.changes, CHANGES, as_json=False)
    print_text("\nAssumptions:\n" + "".join(f"- {line}\n" for line in found.assumptions))

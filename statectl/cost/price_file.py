"""Price lists as files, YAML or JSON."""

from pathlib import Path

import yaml

from blueprint.prices import TARIFFS, PriceList, PricesError, parse_prices
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError


def read_prices(path: Path) -> PriceList:
    """The price list in a file.

    :raises statectl.refusal.RefusalError: where it cannot be read, or with every mistake in it.
    """
    try:
        # JSON is YAML too. Every number stays the text that was written, and no date ends the reading.
        document = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 (makes text only)
        return parse_prices(document)
    except PricesError as error:
        raise RefusalError(f"{path}: {error}", code=ExitCode.USAGE) from error
    except OSError as error:
        raise RefusalError(f"{path}: {error.strerror}", code=ExitCode.USAGE) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise RefusalError(f"{path} is neither YAML nor JSON", code=ExitCode.USAGE) from error


def written(prices: PriceList) -> str:
    """The price list as the text of such a file, with what each price buys and AWS's page of it."""
    head = {"name": prices.name, "asOf": prices.as_of, "currency": prices.currency}
    lines = [yaml.safe_dump(head, sort_keys=False, allow_unicode=True), "prices:\n"]
    for key, tariff in TARIFFS.items():
        count = f"{tariff.per:,} " if tariff.per > 1 else ""
        lines.append(
            f"  # {tariff.what}: for {count}{tariff.unit}{'s' if tariff.per > 1 else ''}; {tariff.source}\n"
        )
        lines.append(f"  {key}: {prices.amounts[key]:f}\n")
    return "".join(lines)

"""The comparisons behind the condition operators: a policy's value with a request's.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt
from typing import Any

from blueprint.evaluation.context import Context
from blueprint.evaluation.pattern import pattern
from blueprint.evaluation.truth import NO, YES, Truth, Unseen, decided, every, undecided

Comparison = Callable[[str, str, Context, bool], Truth]
"""Policy's value, request's value, the request's keys, whether the policy knows variables."""

ARN_PARTS = 6


def _text(*, wildcards: bool = False, ignore_case: bool = False) -> Comparison:
    def compare(wanted: str, given: str, context: Context, variables: bool) -> Truth:
        made = pattern(wanted, context, variables=variables, wildcards=wildcards, ignore_case=ignore_case)
        return NO if made is None else made.match(given)

    return compare


def _arn(wanted: str, given: str, context: Context, variables: bool) -> Truth:
    """Each of the six parts is compared alone, so that a wildcard stays within its own."""
    if wanted == "*":
        return YES
    wanted_parts, given_parts = _arn_parts(wanted), given.split(":", ARN_PARTS - 1)
    if len(wanted_parts) != len(given_parts):
        return NO
    made = [pattern(part, context, variables=variables) for part in wanted_parts]
    return every(NO if part is None else part.match(text) for part, text in zip(made, given_parts, strict=True))


def _arn_parts(arn: str) -> list[str]:
    """The parts; a colon inside a variable is none between parts."""
    parts: list[str] = []
    depth, part = 0, ""
    for character in arn:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ":" and depth == 0 and len(parts) < ARN_PARTS - 1:
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part]


def _plain(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Comparison:
    """A comparison of values that know neither wildcards nor variables.

    What AWS makes of a value that is none of the kind is documented nowhere, and so it is left undecided.
    """

    def compared(wanted: str, given: str, _context: Context, _variables: bool) -> Truth:
        try:
            return decided(compare(parse(given), parse(wanted)))
        except (ValueError, TypeError, InvalidOperation, OverflowError, OSError):
            return undecided(Unseen(why=f"nobody can say here how {given} compares with {wanted}"))

    return compared


def _moment(text: str) -> datetime:
    """A date of ISO 8601 as the W3C writes it, or seconds since 1970."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        pass
    moment = datetime.fromisoformat(f"{text}-01" if len(text) == len("2030-01") else text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _truth(wanted: str, given: str, context: Context, variables: bool) -> Truth:
    made = pattern(wanted, context, variables=variables, wildcards=False, ignore_case=True)
    return NO if made is None else made.match(given)


def _in_network(address: Any, network: Any) -> bool:
    return bool(address.version == network.version and address.subnet_of(network))


def _network(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)


COMPARISONS: Mapping[str, tuple[Comparison, bool]] = {
    "stringequals": (_text(), False),
    "stringnotequals": (_text(), True),
    "stringequalsignorecase": (_text(ignore_case=True), False),
    "stringnotequalsignorecase": (_text(ignore_case=True), True),
    "stringlike": (_text(wildcards=True), False),
    "stringnotlike": (_text(wildcards=True), True),
    "numericequals": (_plain(Decimal, eq), False),
    "numericnotequals": (_plain(Decimal, eq), True),
    "numericlessthan": (_plain(Decimal, lt), False),
    "numericlessthanequals": (_plain(Decimal, le), False),
    "numericgreaterthan": (_plain(Decimal, gt), False),
    "numericgreaterthanequals": (_plain(Decimal, ge), False),
    "dateequals": (_plain(_moment, eq), False),
    "datenotequals": (_plain(_moment, eq), True),
    "datelessthan": (_plain(_moment, lt), False),
    "datelessthanequals": (_plain(_moment, le), False),
    "dategreaterthan": (_plain(_moment, gt), False),
    "dategreaterthanequals": (_plain(_moment, ge), False),
    "bool": (_truth, False),
    "binaryequals": (_plain(_bytes, eq), False),
    "ipaddress": (_plain(_network, _in_network), False),
    "notipaddress": (_plain(_network, _in_network), True),
    "arnequals": (_arn, False),
    "arnlike": (_arn, False),
    "arnnotequals": (_arn, True),
    "arnnotlike": (_arn, True),
}
"""Each operator in lower case: what it compares, and whether it holds where that is not so."""

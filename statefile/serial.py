"""Gives a state another serial and leaves every other byte of it alone.

Reading and writing it as JSON would not: numbers lose digits, and Terraform's order and spelling change.
"""

import re

from statefile.state import MAX_SERIAL, UnreadableStateError, parse_state

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_NUMBER = re.compile(rb"\s*:\s*(\d+)")


def with_serial(body: bytes, serial: int) -> bytes:
    """The same state with this serial.

    :raises UnreadableStateError: where the bytes are no state, are encrypted (the serial that counts is then
        inside), or name the serial more than once.
    :raises OverflowError: where the serial is more than Terraform counts to.
    """
    if serial > MAX_SERIAL:
        raise OverflowError(f"a serial ends at {MAX_SERIAL}")
    if parse_state(body).encrypted:
        raise UnreadableStateError("is encrypted by OpenTofu, with its serial inside")
    start, end = _first_serial(body)
    changed = body[:start] + str(serial).encode() + body[end:]
    # Of several, the last one counts.
    if parse_state(changed).serial != serial:
        raise UnreadableStateError("names its serial more than once")
    return changed


def _first_serial(body: bytes) -> tuple[int, int]:
    """Where the number behind ``"serial":`` stands, of the outermost object; it is near the start."""
    depth = 0
    for token in _TOKEN.finditer(body):
        first = token[0][:1]
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
        elif depth == 1 and token[0] == b'"serial"' and (number := _NUMBER.match(body, token.end())):
            return number.span(1)
    raise UnreadableStateError("spells its serial in a way that cannot be changed")

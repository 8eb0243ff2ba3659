"""How values look on a terminal."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(?:\d+[smhdw])+")
_PART = re.compile(r"(\d+)([smhdw])")


def printable(text: str) -> str:
    """The text without what would steer a terminal: keys and lock holders can hold anything."""
    return "".join(
        character if character.isprintable() or character == "\n" else repr(character)[1:-1] for character in text
    )


def parse_duration(text: str) -> timedelta:
    """``90s``, ``30m``, ``2h``, ``1d12h``.

    :raises ValueError: where it is none, with what to write.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError(f'"{text}" is no duration; write 30m, 2h or 1d12h')
    try:
        return timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text)))
    except OverflowError:
        raise ValueError(f'"{text}" is longer than time is counted here') from None


def duration(value: timedelta) -> str:
    """The two largest units: ``3d 4h``, ``2h 5m``, ``40s``."""
    seconds = max(0, int(value.total_seconds()))
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def counted(count: int, noun: str) -> str:
    """``1 resource``, ``2 resources``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def number(value: int | None) -> str:
    """The number; nothing where there is none."""
    return "" if value is None else str(value)


def moment(value: datetime | None) -> str:
    """A time in UTC, to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else "unknown"


def size(count: int) -> str:
    """Bytes in the largest unit that leaves a number."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{count} B" if units[0] == "B" else f"{value:.1f} {units[0]}"

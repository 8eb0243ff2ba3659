"""Where each state is written, since when, by whose doing, and whether the live policies say so too."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from statectl.failover.halves import Half, Halves
from statectl.failover.inventory import base_key
from statectl.failover.record import Record
from statectl.known_backend import KnownBackend
from store.failures import StoreFailureError, UnavailableError


@dataclass(frozen=True, kw_only=True, slots=True)
class WriterRegion:
    """A state and where it is written.

    :param key: its key.
    :param region: the region that writes it.
    :param since: since when; ``null`` for the first region, which wrote it from the beginning.
    :param by: the ARN of who moved it.
    :param serial: its serial when it was moved.
    :param compared: whether the first region could be asked then; ``null`` where it was not moved.
    """

    key: str
    region: str
    since: datetime | None
    by: str | None
    serial: int | None
    compared: bool | None


def writer_regions(backend: KnownBackend, both: Halves, record: Record) -> Iterator[WriterRegion]:
    """Every state that the stack expects or that was moved, without a look at any of them."""
    for key in sorted({*(backend.expected or ()), *record.moved}):
        second = record.is_in_second(base_key(backend, key))
        moved = record.moved.get(key) if second else None
        yield WriterRegion(
            key=key,
            region=both.second.region if second else both.first.region,
            since=moved.since if moved else None,
            by=moved.by if moved else None,
            serial=moved.serial if moved else None,
            compared=moved.compared if moved else None,
        )


def disagreements(both: Halves, record: Record) -> Iterator[str]:
    """What the live policies let in that the record does not, region by region."""
    for half in (both.first, both.second):
        why = _disagreement(half, record)
        if why is not None:
            yield why


def _disagreement(half: Half, record: Record) -> str | None:
    wanted = record.activity.of(half.home)
    try:
        live = half.gate.read()
    except UnavailableError:
        return f"{half.region} cannot be reached"
    except StoreFailureError as error:
        return f"{half.region} does not say who may write there: {error}"
    if live.is_of_the_same_states(wanted):
        return None
    return f"{half.region} does not refuse, by its bucket's policy, what the record says that it should"

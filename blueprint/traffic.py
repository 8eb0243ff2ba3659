"""How often Terraform calls AWS in a month, from the versions it left behind and from what a run calls.

What a run calls was seen with Terraform 1.15 on a state with a lockfile and a lock table. ``init`` lists twice and
looks at the state twice (HEAD and GET). ``plan`` and ``apply`` list once and look twice; they write the lockfile,
read it and delete it; the table gets a lock, loses it, and is read three times. An apply writes the state and its
digest.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from blueprint.usage import Setup, Unread, Usage

MONTH_DAYS = 30
GB = 2**30
"""Bytes in what AWS bills as a GB."""
MONTH_HOURS = 720
READS_PER_RUN = 4
"""HEAD and GET of the state, by ``init`` and by what follows it."""
LISTS_PER_RUN = 3
TABLE_WRITES_PER_RUN = 2
"""The lock is put and deleted; a digest comes with each write of the state."""
TABLE_READS_PER_RUN = 3
"""The digest twice and the lock before it is freed, each strongly consistent and below 4 KB: a unit each."""
REQUESTS_PER_LOCK = 3
"""A lockfile is put, read before it is freed, and deleted."""
RUNS_PER_WRITE = 3
"""Two plans of a change, and the apply that writes the state."""
LOCKFILE_BYTES = 300
"""What a lockfile holds at most, as a rule."""


class Origin(StrEnum):
    """Where a quantity comes from."""

    MEASURED = "measured"
    """AWS says so: a description or a metric."""
    COUNTED = "counted"
    """Counted from the versions in the bucket."""
    PROMISED = "promised"
    """The stack's settings say so."""
    ASSUMED = "assumed"
    """Nothing says so; ``how`` tells what was assumed and why."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of something in a month.

    :param amount: how much.
    :param origin: where that comes from.
    :param how: in words.
    """

    amount: Decimal
    origin: Origin
    how: str

    def in_gb(self) -> "Quantity":
        """So many bytes as GB."""
        return Quantity(self.amount / GB, self.origin, self.how)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that AWS bills.

    :param part: the part of the backend.
    :param price: its key in :data:`blueprint.prices.TARIFFS`.
    :param what: what it is, in words.
    :param region: the region that it is billed in.
    :param quantity: how much, in the price's unit.
    """

    part: str
    price: str
    what: str
    region: str
    quantity: Quantity


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What nothing in AWS tells for free.

    :param reads_per_write: HEAD and GET requests of states for each version of a state that is written.
    """

    reads_per_write: Decimal = Decimal(READS_PER_RUN * RUNS_PER_WRITE)


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What happens in a month.

    :param writes: versions of states.
    :param locks: lockfiles that are taken, each written, read and deleted once.
    :param runs: runs of Terraform.
    :param reads: HEAD and GET requests of states.
    :param lists: LIST requests.
    :param replicated: versions that reach the second region.
    :param replicated_bytes: their size.
    """

    writes: Quantity
    locks: Quantity
    runs: Quantity
    reads: Quantity
    lists: Quantity
    replicated: Quantity
    replicated_bytes: Quantity

    @property
    def requests(self) -> Decimal:
        """Requests to S3 of every kind, replication's own left aside."""
        of_locks = self.locks.amount * REQUESTS_PER_LOCK
        return self.writes.amount + self.reads.amount + self.lists.amount + of_locks


def traffic(usage: Usage, setup: Setup, assumptions: Assumptions) -> Traffic:
    """What happens in a month with a backend that is used like this one and made like ``setup``."""
    written, days = usage.primary.written, usage.primary.window_days
    window = f"versions of states, last {days} days{'' if days == MONTH_DAYS else f', scaled to {MONTH_DAYS}'}"
    writes = Quantity(Decimal(written.objects * MONTH_DAYS) / days, Origin.COUNTED, window)
    written_bytes = Quantity(Decimal(written.bytes * MONTH_DAYS) / days, Origin.COUNTED, window)
    reads = writes.amount * assumptions.reads_per_write
    runs = Quantity(reads / READS_PER_RUN, Origin.ASSUMED, f"{READS_PER_RUN} reads a run")
    locks = _locks(usage, setup, writes, runs)
    per_write = f"{assumptions.reads_per_write.normalize():f} for each version written (--reads-per-write)"
    per_run = f"{LISTS_PER_RUN} for {READS_PER_RUN} reads"
    origin = Origin.ASSUMED if locks.origin is Origin.ASSUMED else Origin.COUNTED
    with_locks = written_bytes.amount + locks.amount * LOCKFILE_BYTES
    return Traffic(
        writes=writes,
        locks=locks,
        runs=runs,
        reads=_either(usage.requests.reads, reads, per_write),
        lists=_either(usage.requests.lists, runs.amount * LISTS_PER_RUN, per_run),
        replicated=Quantity(writes.amount + locks.amount, origin, "states and lockfiles that are put"),
        replicated_bytes=Quantity(with_locks, origin, f"{window}; {LOCKFILE_BYTES} bytes for each lockfile"),
    )


def _locks(usage: Usage, setup: Setup, writes: Quantity, runs: Quantity) -> Quantity:
    if not setup.lock.uses_lockfile:
        return Quantity(Decimal(0), Origin.PROMISED, "no lockfile is taken")
    if not usage.setup.lock.uses_lockfile:
        return Quantity(runs.amount, Origin.ASSUMED, "one for each run")
    counted = Decimal(usage.primary.locked.objects * MONTH_DAYS)
    if counted < writes.amount:
        how = f"one for each version of a state: the last 24 hours x {MONTH_DAYS} were fewer"
        return Quantity(writes.amount, Origin.ASSUMED, how)
    how = f"versions of lockfiles, last 24 hours x {MONTH_DAYS}: they are kept no longer"
    return Quantity(counted, Origin.COUNTED, how)


def _either(measured: int | Unread, assumed: Decimal, how: str) -> Quantity:
    if isinstance(measured, Unread):
        return Quantity(assumed, Origin.ASSUMED, f"{how}: {measured.why}")
    return Quantity(Decimal(measured), Origin.MEASURED, f"request metrics, last {MONTH_DAYS} days")

"""Looks through an account for what may be a state backend."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from statectl.adopt.change import SettingChange, changes, first_kept
from statectl.adopt.configuration import checked, expected, name_prefix, whole
from statectl.adopt.found import Found
from statectl.adopt.origin import Maker, origin
from statectl.adopt.reading import read_found
from store.clients import Clients
from store.contents import Contents, contents
from store.failures import CredentialsError, StoreFailureError
from store.own_buckets import OwnBucket, located, own_buckets
from store.own_tables import buckets_locked_in, is_lock_table, own_tables
from store.parallel import in_order

ANY_STATE = {"prod": ["any"]}
"""Stands for the states of a bucket none of whose keys a stack can expect; of all settings only the lifecycle goes
by them."""
Watch = Callable[[Iterable["Look"], str], Iterable["Look"]]


class FoundKind(StrEnum):
    """What was found."""

    BUCKET = "bucket"
    """A bucket that holds states, or lockfiles."""
    TABLE = "table"
    """A lock table, whose items are about no bucket that was found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundBackend:
    """What may be a state backend, or a part of one.

    :param kind: `bucket`, or `table` for a lock table without one.
    :param name: the name of the bucket or table.
    :param region: its region.
    :param maker: who made it, as far as it shows.
    :param evidence: what shows it.
    :param states: how many states were seen in it, workspaces included.
    :param locks: how many lockfiles were seen in it.
    :param others: how many other objects were seen in it.
    :param whole: whether the bucket was listed to its end; where not, these are the counts of the first page.
    :param table: the lock table whose items are about this bucket; `null` where none was found.
    :param key: what its default encryption names: a customer's key; `null` where it names none.
    :param replicates_to: the buckets that it replicates to.
    :param replica_of: the found bucket that replicates to it; `null` where none does.
    :param logs_to: the bucket that its access logs go to; `null` where there are none.
    :param unread: what could not be read, each with why.
    :param changes: what is not as a stack promises, each with what adopting it would change.
    """

    kind: FoundKind
    name: str
    region: str
    maker: Maker
    evidence: str
    states: int
    locks: int
    others: int
    whole: bool
    table: str | None
    key: str | None
    replicates_to: tuple[str, ...]
    replica_of: str | None
    logs_to: str | None
    unread: tuple[str, ...]
    changes: tuple[SettingChange, ...]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What came of looking into a bucket.

    :param contents: what lies in it; ``None`` where it could not be listed.
    :param failure: why not.
    """

    bucket: OwnBucket
    contents: Contents | None = None
    failure: StoreFailureError | None = None


class Scan:
    """One look through the account of these credentials.

    :param regions: the only regions that are looked at; empty for all.
    :param say: tells what could not be read.
    """

    def __init__(self, clients: Clients, regions: frozenset[str], say: Callable[[str], None]) -> None:
        self._clients = clients
        self._account_id = clients.caller.account_id
        self._regions = regions
        self._anywhere = min(regions, default=clients.region)
        self._say = say

    def found(self, watch: Watch) -> Iterator[FoundBackend]:
        """Every bucket with states in it, then every lock table that is about none of them.

        :param watch: shows how far it is.
        """
        looks = list(watch(self._looks(), "buckets"))
        held = [
            (look.bucket, look.contents)
            for look in looks
            if look.contents is not None and (look.contents.states or look.contents.lockfiles)
        ]
        for look in looks:
            if look.failure is not None:
                self._say(f"Not looked into: {look.failure}")
        regions = self._regions | {bucket.region for bucket, _ in held}
        tables = {region: self._tables(region) for region in sorted(regions)}
        backends = list(in_order(lambda one: self._read(*one, tables[one[0].region]), held))
        replica_of = {name: one.bucket for one in backends for name in one.destinations}
        for one in backends:
            yield _told(one, replica_of.get(one.bucket))
        used = {(one.region, one.table.name) for one in backends if one.table}
        for region, by_name in tables.items():
            for name, buckets in by_name.items():
                if (region, name) not in used:
                    yield _lone_table(name, region, buckets)

    def _looks(self) -> Iterator[Look]:
        buckets = own_buckets(self._clients.s3(self._anywhere))
        for look in in_order(self._look, buckets):
            if not self._regions or look.bucket.region in self._regions or not look.bucket.region:
                yield look

    def _look(self, bucket: OwnBucket) -> Look:
        try:
            here = located(self._clients.s3(self._anywhere), bucket)
            if self._regions and here.region not in self._regions:
                return Look(bucket=here)
            return Look(bucket=here, contents=contents(self._clients.s3(here.region), here.name, self._account_id))
        except CredentialsError:
            raise
        except StoreFailureError as failure:
            return Look(bucket=bucket, failure=failure)

    def _tables(self, region: str) -> dict[str, frozenset[str]]:
        """The lock tables of a region, each with the buckets that its items are about."""
        dynamodb = self._clients.dynamodb(region)

        def look(name: str) -> frozenset[str] | None:
            try:
                return buckets_locked_in(dynamodb, name) if is_lock_table(dynamodb, name) else None
            except StoreFailureError as failure:
                self._say(f"Not looked into: {failure}")
                return None

        try:
            names = list(own_tables(dynamodb))
        except StoreFailureError as failure:
            self._say(f"No table of {region} is known: {failure}")
            return {}
        looked = zip(names, in_order(look, names), strict=True)
        return {name: buckets for name, buckets in looked if buckets is not None}

    def _read(self, bucket: OwnBucket, seen: Contents, tables: Mapping[str, frozenset[str]]) -> Found:
        return read_found(
            self._clients,
            bucket=bucket.name,
            region=bucket.region,
            account_id=self._account_id,
            contents=seen,
            table=table_of(bucket.name, tables),
        )


def table_of(bucket: str, tables: Mapping[str, frozenset[str]]) -> str | None:
    """The lock table whose items are about a bucket."""
    return next((name for name, buckets in tables.items() if bucket in buckets), None)


def distance(found: Found) -> tuple[SettingChange, ...]:
    """How far a found backend is from what a stack would promise that adopts it."""
    states = expected(found.contents.states).states or ANY_STATE
    values = whole(found, prefix=name_prefix(found), states=states, table=True, keep=())
    settings = checked(values, region=found.region, stack="scan")
    return changes(found, settings, first_kept(found, settings))


def _told(found: Found, replica_of: str | None) -> FoundBackend:
    made = origin(found)
    seen = found.contents
    return FoundBackend(
        kind=FoundKind.BUCKET,
        name=found.bucket,
        region=found.region,
        maker=made.maker,
        evidence=made.evidence,
        states=len(seen.states),
        locks=len(seen.lockfiles),
        others=len(seen.others),
        whole=seen.whole,
        table=found.table.name if found.table else None,
        key=found.key.name if found.key else None,
        replicates_to=found.destinations,
        replica_of=replica_of,
        logs_to=(found.setting("logging") or {}).get("TargetBucket"),
        unread=tuple(f"{id_}: {failure}" for id_, failure in found.unread.items()),
        changes=distance(found),
    )


def _lone_table(name: str, region: str, buckets: frozenset[str]) -> FoundBackend:
    about = ", ".join(sorted(buckets))
    return FoundBackend(
        kind=FoundKind.TABLE,
        name=name,
        region=region,
        maker=Maker.UNKNOWN,
        evidence=f"its items are about {about}" if about else "it is empty",
        states=0,
        locks=0,
        others=0,
        whole=True,
        table=name,
        key=None,
        replicates_to=(),
        replica_of=None,
        logs_to=None,
        unread=(),
        changes=(),
    )

"""Reads a bucket and what belongs to it. What may not be read is kept as such, and ends nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from settings.model import Lock
from statectl.adopt.found import Found, FoundPart, Keeper
from statefile.keepers import addresses_of
from statefile.state import UnreadableStateError
from store.bucket import Bucket
from store.clients import Clients
from store.contents import Contents
from store.failures import StoreFailureError
from store.live.bucket import live_bucket, live_replication
from store.live.found_bucket import live_found_bucket
from store.live.key import live_key
from store.live.reading import Live
from store.live.table import live_table
from store.location import Location
from store.own_tables import buckets_locked_in, is_lock_table, own_tables
from store.parallel import in_order

STATES = 25
"""How many states are looked into for the backend itself."""


def read_found(
    clients: Clients, *, bucket: str, region: str, account_id: str, contents: Contents, table: str | None
) -> Found:
    """A bucket of the account, with its settings and those of its key and table."""
    s3 = clients.s3(region)
    live = live_bucket(s3, bucket, account_id)
    key = _key(clients.of("kms", region), live)
    location = Location(bucket=bucket, region=region, lock=Lock.LOCKFILE, account_id=account_id)
    names = _Names(bucket=bucket, table=table, key_arn=key.arn if key else None)
    return Found(
        bucket=bucket,
        region=region,
        account_id=account_id,
        contents=contents,
        live=live,
        beside=live_found_bucket(s3, bucket, account_id),
        replication=live_replication(s3, bucket, account_id),
        table=FoundPart(name=table, live=live_table(clients.dynamodb(region), table)) if table else None,
        key=key,
        keepers=tuple(_keepers(Bucket(s3, location), contents.states[:STATES], names)),
    )


@dataclass(frozen=True, kw_only=True)
class _Names:
    bucket: str
    table: str | None
    key_arn: str | None


def _keepers(bucket: Bucket, keys: Iterable[str], names: _Names) -> Iterator[Keeper]:
    def look(key: str) -> Keeper:
        try:
            body = bucket.read(key).body
            found = addresses_of(body, bucket=names.bucket, table=names.table, key_arn=names.key_arn)
        except (StoreFailureError, UnreadableStateError):
            # What cannot be read says nothing of who made the backend.
            found = ()
        return Keeper(state=key, addresses=found)

    return (keeper for keeper in in_order(look, keys) if keeper.addresses)


def _key(kms: Any, bucket: Live) -> FoundPart | None:
    named = (bucket.settings.get("encryption") or {}).get("KMSMasterKeyID")
    if not named:
        return None
    if "alias/" in named:
        return FoundPart(name=named, live=live_key(kms, named))
    # An alias is asked for as well, and this key may have none: its id stands for it.
    return FoundPart(name=named, live=live_key(kms, named, named))


def table_about(dynamodb: Any, bucket: str, say: Callable[[str], None]) -> str | None:
    """The lock table of a region whose items are about a bucket; ``None`` where none is, or none may be read.

    :param say: tells what could not be read.
    """

    def look(name: str) -> bool:
        try:
            return is_lock_table(dynamodb, name) and bucket in buckets_locked_in(dynamodb, name)
        except StoreFailureError as failure:
            say(f"Not looked into: {failure}")
            return False

    try:
        names = list(own_tables(dynamodb))
    except StoreFailureError as failure:
        say(f"No table is known: {failure}. Name it with --table")
        return None
    return next((name for name, is_it in zip(names, in_order(look, names), strict=True) if is_it), None)

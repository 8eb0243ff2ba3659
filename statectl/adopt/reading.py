"""Reads a bucket and what belongs to it. What may not be read is kept as such, and ends nothing."""

from collections.abc import Callable
from typing import Any

from statectl.adopt.found import Found, FoundPart
from store.clients import Clients
from store.contents import Contents
from store.failures import StoreFailureError
from store.live.bucket import live_bucket, live_replication
from store.live.found_bucket import live_found_bucket
from store.live.key import live_key
from store.live.reading import Live
from store.live.table import live_table
from store.own_tables import buckets_locked_in, is_lock_table, own_tables
from store.parallel import in_order


def read_found(
    clients: Clients, *, bucket: str, region: str, account_id: str, contents: Contents, table: str | None
) -> Found:
    """A bucket of the account, with its settings and those of its key and table."""
    s3 = clients.s3(region)
    live = live_bucket(s3, bucket, account_id)
    return Found(
        bucket=bucket,
        region=region,
        account_id=account_id,
        contents=contents,
        live=live,
        beside=live_found_bucket(s3, bucket, account_id),
        replication=live_replication(s3, bucket, account_id),
        table=FoundPart(name=table, live=live_table(clients.dynamodb(region), table)) if table else None,
        key=_key(clients.of("kms", region), live),
    )


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

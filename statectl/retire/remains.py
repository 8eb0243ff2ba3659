"""What is left of a backend once it was deleted: each resource that its stack promised is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from blueprint.access import issuers
from blueprint.backend import Backend
from blueprint.promise.everything import everything, unknown_keys
from blueprint.promise.resource import Kind, Promise
from statectl.doctor.reading import reader
from statectl.progress import watched
from store.clients import Clients
from store.failures import NotThereError, explained
from store.live.reading import Live
from store.parallel import in_order


@dataclass(frozen=True, kw_only=True)
class Remains:
    """Something that is still there.

    :param kind: what it is, such as ``bucket``.
    :param name: its name.
    :param region: its region, or ``global``.
    :param until: when AWS deletes it, as it was told to; ``null`` for what stays, and is to be looked at.
    :param detail: why it is not known to be gone; empty where it is there.
    """

    kind: str
    name: str
    region: str
    until: datetime | None
    detail: str


def remains(clients: Clients, plan: Backend, keys: Mapping[str, str]) -> list[Remains]:
    """What is left.

    :param keys: the regions of the keys, by their ARNs, which nothing leads to any more.
    """
    promises = [one for one in everything(plan, unknown_keys(plan)) if not _is_not_the_stacks(plan, one)]
    ours = {one.handle for one in promises if one.kind is Kind.POLICY}
    readers = [reader(clients.of, plan.settings, one) for one in promises]
    answers = watched(in_order(lambda ask: ask(), readers), "resources", len(promises))
    left = [found for one, live in zip(promises, answers, strict=True) if (found := _left(one, live, ours))]
    return [*left, *_keys(clients, keys)]


def _is_not_the_stacks(plan: Backend, promise: Promise) -> bool:
    """An issuer that the account had already is only used."""
    adopted = {one.arn for one in issuers(plan.settings) if one.adopted}
    return promise.kind is Kind.ISSUER and promise.handle in adopted


def _left(promise: Promise, live: Live, ours: set[str]) -> Remains | None:
    if live.gone is not None:
        return None
    if promise.kind is Kind.ACCOUNT and "public-access" in live.settings and not live.settings["public-access"]:
        return None
    if promise.kind is Kind.ATTACHMENT and "policies" in live.settings and not ours & {*live.settings["policies"]}:
        return None
    why = next((str(error) for error in live.unread.values()), "") if not live.settings else ""
    return Remains(kind=promise.kind, name=promise.name, region=promise.region, until=None, detail=why)


def _keys(clients: Clients, keys: Mapping[str, str]) -> Iterator[Remains]:
    """Keys are never deleted at once: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"""
    for arn, region in keys.items():
        try:
            with explained("kms:DescribeKey", f"key {arn}"):
                key = clients.of("kms", region).describe_key(KeyId=arn)["KeyMetadata"]
        except NotThereError:
            continue
        until = key.get("DeletionDate") if key["KeyState"] == "PendingDeletion" else None
        yield Remains(kind=Kind.KEY, name=arn, region=region, until=until, detail="")


def keys_that_go(clients: Clients, plan: Backend) -> dict[str, str]:
    """The regions of the stack's keys by their ARNs, while their aliases still lead to them."""
    found = {}
    for one in everything(plan, unknown_keys(plan)):
        if one.kind is not Kind.KEY:
            continue
        try:
            with explained("kms:DescribeKey", f"key {one.name}"):
                answer = clients.of("kms", one.region).describe_key(KeyId=one.name)
        except NotThereError:
            continue
        found[str(answer["KeyMetadata"]["Arn"])] = one.region
    return found

"""The lock table: locks and digests as items by ``LockID``. It can serve several buckets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statefile.keys import DIGEST_SUFFIX, digest_id, id_in_bucket, lock_id
from statefile.lock import LockInfo, render_lock
from store.failures import ChangedMeanwhileError, LockedError, StoreFailureError, UnavailableError, explained
from store.held import Held, LockKind
from store.location import Location
from store.paging import each_page

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


WRITER = "WrittenBy"
"""An attribute of digests that Terraform does not read, and that is gone once it writes a digest itself."""
OURSELVES = "statectl"
"""What it says in those that were written here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What the table holds to recognise the state at ``key``: an MD5 in hexadecimal."""

    key: str
    value: str


class LockTable:
    """The lock table of one location.

    :param name: the table's name.
    """

    kind = LockKind.TABLE

    def __init__(self, dynamodb: DynamoDBClient, location: Location, name: str) -> None:
        self.name = name
        self._dynamodb = dynamodb
        self._bucket = location.bucket

    def all(self, prefix: str = "") -> Iterator[Held | Digest]:
        """Every lock and digest of this bucket's states whose key starts with ``prefix``.

        One scan, a page of a megabyte at a time: a query is only by whole ids.
        """
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self.name,
            ConsistentRead=True,
            FilterExpression="begins_with(LockID, :start)",
            ExpressionAttributeValues={":start": {"S": lock_id(self._bucket, prefix)}},
        )
        for page in each_page(pages, "dynamodb:Scan", self._table):
            if "Items" not in page:
                raise UnavailableError(f"{self._table}: something that is not AWS answered")
            for item in page["Items"]:
                found = self._found(item)
                if found is not None:
                    yield found

    def read(self, key: str) -> Held | None:
        """The lock of the state at ``key``; ``None`` where nobody holds it."""
        item = self._item(lock_id(self._bucket, key))
        return self._held(key, item) if item else None

    def take(self, key: str, info: LockInfo) -> Held:
        """Take the lock.

        :raises store.failures.LockedError: where somebody holds it.
        """
        text = render_lock(info).decode()
        held = Held(kind=self.kind, key=key, text=text.encode(), mark=text)
        try:
            with explained("dynamodb:PutItem", self._table):
                self._dynamodb.put_item(
                    TableName=self.name,
                    Item={"LockID": {"S": lock_id(self._bucket, key)}, "Info": {"S": text}},
                    ConditionExpression="attribute_not_exists(LockID)",
                )
        except (ChangedMeanwhileError, UnavailableError) as error:
            # As with an object: the answer may have been lost after DynamoDB did it.
            there = self._look(key)
            if there is not None and there.text == held.text:
                return held
            if isinstance(error, UnavailableError):
                raise
            raise LockedError(f"somebody holds the lock of {key} in table {self.name}") from error
        return held

    def free(self, held: Held) -> None:
        """Delete this lock and no newer one. Gone already is fine.

        :raises store.failures.ChangedMeanwhileError: where another lock is there.
        """
        try:
            with explained("dynamodb:DeleteItem", self._table):
                self._dynamodb.delete_item(
                    TableName=self.name,
                    Key={"LockID": {"S": lock_id(self._bucket, held.key)}},
                    # Whoever takes a lock writes Info; an item without it is nobody's.
                    ConditionExpression="attribute_not_exists(Info) OR Info = :info",
                    ExpressionAttributeValues={":info": {"S": held.mark}},
                )
        except ChangedMeanwhileError as error:
            raise ChangedMeanwhileError(
                f"another lock of {held.key} is in table {self.name} by now; it stays"
            ) from error

    def digest(self, key: str) -> str | None:
        """The digest of the state at ``key``; ``None`` where there is none."""
        return self.digest_and_writer(key)[0]

    def digest_and_writer(self, key: str) -> tuple[str | None, bool]:
        """The digest, and whether a client wrote it as it wrote the state, and not ``statectl`` afterwards."""
        item = self._item(digest_id(self._bucket, key))
        return (_text(item, "Digest") if item else None), "Digest" in item and _text(item, WRITER) != OURSELVES

    def write_digest(self, key: str, value: str, *, replacing: str | None) -> None:
        """Say which state Terraform must find at ``key``, and that no client said so.

        :param replacing: the digest that it replaces; ``None`` where there must be none.
        :raises store.failures.ChangedMeanwhileError: where another is there: somebody writes the state.
        """
        condition: Any = {"ConditionExpression": "attribute_not_exists(Digest)"}
        if replacing is not None:
            condition = {
                "ConditionExpression": "Digest = :before",
                "ExpressionAttributeValues": {":before": {"S": replacing}},
            }
        try:
            with explained("dynamodb:PutItem", self._table):
                self._dynamodb.put_item(
                    TableName=self.name,
                    Item={
                        "LockID": {"S": digest_id(self._bucket, key)},
                        "Digest": {"S": value},
                        WRITER: {"S": OURSELVES},
                    },
                    **condition,
                )
        except (ChangedMeanwhileError, UnavailableError):
            if self.digest(key) != value:
                raise

    def delete_digest(self, key: str, value: str) -> None:
        """Forget which state Terraform must find at ``key``, where it is this one. Gone already is fine.

        :raises store.failures.ChangedMeanwhileError: where another digest is there: somebody wrote the state.
        """
        with explained("dynamodb:DeleteItem", self._table):
            self._dynamodb.delete_item(
                TableName=self.name,
                Key={"LockID": {"S": digest_id(self._bucket, key)}},
                ConditionExpression="attribute_not_exists(Digest) OR Digest = :value",
                ExpressionAttributeValues={":value": {"S": value}},
            )

    @property
    def _table(self) -> str:
        return f"table {self.name}"

    def _item(self, item_id: str) -> dict[str, Any]:
        with explained("dynamodb:GetItem", self._table):
            answer = self._dynamodb.get_item(
                TableName=self.name, Key={"LockID": {"S": item_id}}, ConsistentRead=True
            )
        return dict(answer.get("Item", {}))

    def _found(self, item: dict[str, Any]) -> Held | Digest | None:
        key = id_in_bucket(_text(item, "LockID"), self._bucket)
        if key is None:
            return None
        if "Info" not in item and key.endswith(DIGEST_SUFFIX):
            return Digest(key=key.removesuffix(DIGEST_SUFFIX), value=_text(item, "Digest"))
        return self._held(key, item)

    def _held(self, key: str, item: dict[str, Any]) -> Held:
        text = _text(item, "Info")
        return Held(kind=self.kind, key=key, text=text.encode(), mark=text)

    def _look(self, key: str) -> Held | None:
        try:
            return self.read(key)
        except StoreFailureError:
            return None


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name, {}).get("S", "")
    return value if isinstance(value, str) else ""

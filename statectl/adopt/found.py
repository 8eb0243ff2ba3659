"""A backend that somebody else made, as AWS reports it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.contents import Contents
from store.failures import NotThereError, StoreFailureError
from store.live.reading import Live

AWS_MANAGED = "AWS"
"""What KMS says of the manager of a key that belongs to AWS, such as ``aws/s3``."""


@dataclass(frozen=True, kw_only=True)
class FoundPart:
    """A table or a key that belongs to a found bucket.

    :param name: a table's name; a key as the bucket names it: by ARN, id or alias.
    :param live: its settings.
    """

    name: str
    live: Live

    def setting(self, name: str) -> Any:
        """A setting; ``None`` where it is not set or could not be read."""
        return self.live.settings.get(name)

    @property
    def arn(self) -> str:
        """Its ARN; empty where it could not be read."""
        return str(self.setting("arn") or "")

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags."""
        return self.setting("tags") or {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeper:
    """A state that holds the backend itself: a run of its configuration changes it, or deletes it.

    :param state: the state's key in the bucket.
    :param addresses: the resources in it that are the backend's.
    """

    state: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A bucket, and what belongs to it.

    :param bucket: the bucket's name.
    :param account_id: the account that it and the credentials belong to.
    :param contents: what lies in it.
    :param live: its settings, of which the stack promises the same.
    :param beside: its other settings.
    :param replication: its replication.
    :param table: the lock table of its states, where one is known.
    :param key: the key that its default encryption names.
    :param keepers: the states in it that hold the backend itself, of those that were looked into.
    """

    bucket: str
    region: str
    account_id: str
    contents: Contents
    live: Live
    beside: Live
    replication: Live
    table: FoundPart | None
    key: FoundPart | None
    keepers: tuple[Keeper, ...]

    def setting(self, name: str) -> Any:
        """A setting of the bucket; ``None`` where it is not set or could not be read."""
        return self.live.settings.get(name, self.beside.settings.get(name))

    @property
    def tags(self) -> Mapping[str, str]:
        """The bucket's tags."""
        return self.setting("tags") or {}

    @property
    def algorithm(self) -> str:
        """What encrypts what names no encryption; S3 itself does where nothing is set."""
        return str((self.setting("encryption") or {}).get("SSEAlgorithm", "AES256"))

    @property
    def statements(self) -> tuple[Mapping[str, Any], ...]:
        """The statements of the bucket's policy."""
        listed = (self.setting("policy") or {}).get("Statement", ())
        return (listed,) if isinstance(listed, Mapping) else tuple(listed)

    @property
    def destinations(self) -> tuple[str, ...]:
        """The buckets that it replicates to."""
        rules = (self.replication.settings.get("rules") or {}).values()
        arns = (rule["Destination"]["Bucket"] for rule in rules)
        return tuple(dict.fromkeys(arn.rsplit(":", 1)[1] for arn in arns))

    @property
    def own_key(self) -> FoundPart | None:
        """The key, where it is one that can be adopted: the account's own, of this region alone."""
        state = self.key.setting("state") if self.key else None
        fits = (
            state is not None
            and state["KeyManager"] != AWS_MANAGED
            and not state["MultiRegion"]
            and f":{self.region}:{self.account_id}:" in (self.key.arn if self.key else "")
        )
        return self.key if fits else None

    @property
    def unread(self) -> Mapping[str, StoreFailureError | NotThereError]:
        """What could not be read, by the id of the setting, with why."""
        parts = [("bucket", self.live), ("bucket", self.beside), ("replication", self.replication)]
        parts += [("table", self.table.live)] if self.table else []
        parts += [("key", self.key.live)] if self.key else []
        found: dict[str, StoreFailureError | NotThereError] = {}
        for kind, live in parts:
            found |= {f"{kind}.{setting}": failure for setting, failure in live.unread.items()}
            if live.gone is not None:
                found[f"{kind}.exists"] = live.gone
        return found

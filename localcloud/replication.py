"""Corrects how ministack replicates between buckets, and lets it wait, since AWS never promises to be quick.

What AWS does and ministack does not: a replica keeps the version id and the creation time of its source, and is
encrypted under the key that the rule names. Where the destination's policy refuses the replication role, in one
account too, the source's status is FAILED, and a delete marker stays where it is. A replica that comes late lies
where its creation time puts it among the versions, an order that AWS does not document.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html
"""

import copy
from dataclasses import dataclass, field
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id
from ministack.services import s3

_RULE = "_rule"
_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
_record_version = s3._record_object_version


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A version or delete marker that is still to be replicated.

    :param account: the account of the source.
    :param rule: the rule that covers it.
    :param role: the replication role's ARN.
    :param entry: the version as the source's history has it.
    :param record: the object as it is served; ``None`` for a delete marker.
    :param body: its content.
    """

    account: str
    bucket: str
    key: str
    rule: dict[str, Any]
    role: str
    entry: dict[str, Any]
    record: dict[str, Any] | None = None
    body: bytes = b""

    def carry_over(self) -> None:
        """Replicate it, unless it was deleted for good in between; its status then says how that went."""
        with s3._in_account(self.account):
            history = s3._object_versions.get((self.bucket, self.key)) or []
            if not any(version is self.entry for version in history):
                return
            target = s3._replication_destination(self.bucket, self.key, self.rule, self.role)
            allowed = target is not None and not self._refused(target[0], target[1])
            if target is not None and allowed:
                self._write(*target)
            self._note("COMPLETED" if allowed else "FAILED")

    def _note(self, status: str) -> None:
        self.entry["replication_status"] = status
        current = s3._buckets[self.bucket]["objects"].get(self.key)
        for record in (self.record, current):
            if record is not None and record.get("version_id") == self.entry["version_id"]:
                record["replication_status"] = status

    def _refused(self, name: str, account: str) -> bool:
        context = EvalContext(
            principal_arn=self.role,
            principal_type="AssumedRole",
            principal_account=self.role.split(":")[4],
            action="s3:ReplicateDelete" if self.record is None else "s3:ReplicateObject",
            resource_arn=f"arn:aws:s3:::{name}/{self.key}",
            region=s3._replication_destination_region(name),
            secure_transport=True,
        )
        policy = s3._bucket_policies.get_scoped(account, None, name)
        return bool(evaluate_resource_policy(policy, context).decision == "Deny")

    def _write(self, name: str, account: str, bucket: dict[str, Any]) -> None:
        version = self.entry["version_id"]
        tags = s3._object_tags.get((self.bucket, self.key, version))
        with s3._in_account(account):
            history = s3._object_versions.setdefault((name, self.key), [])
            if any(known["version_id"] == version for known in history):
                return
            prior = bucket["objects"].get(self.key)
            if self.record is None:
                s3._record_delete_marker(name, self.key, prior)
            else:
                self._write_object(name, bucket, prior, self.record)
            replica = history[-1]
            replica["version_id"], replica["last_modified"] = version, self.entry["last_modified"]
            if tags:
                s3._object_tags[(name, self.key, version)] = dict(tags)
            _settle(name, self.key, bucket, prior)
        if self.record is not None:
            # By it the write paths find the replica for the tags that they store after the version.
            self.record["_replica"] = (name, version, account)

    def _write_object(
        self, name: str, bucket: dict[str, Any], prior: dict[str, Any] | None, record: dict[str, Any]
    ) -> None:
        destination = self.rule["Destination"]
        replica = copy.deepcopy(record)
        replica.pop("_replica", None)
        replica |= {"body": self.body, "replication_status": "REPLICA"}
        if destination.get("StorageClass"):
            replica["storage_class"] = destination["StorageClass"]
        if _KEY_ID in replica["preserved_headers"] and "EncryptionConfiguration" in destination:
            replica["preserved_headers"][_KEY_ID] = destination["EncryptionConfiguration"]["ReplicaKmsKeyID"]
        bucket["objects"][self.key] = replica
        _record_version(name, self.key, prior, replica, self.body)
        replica["version_id"] = self.entry["version_id"]


def _settle(name: str, key: str, bucket: dict[str, Any], prior: dict[str, Any] | None) -> None:
    """Put the versions in the order of their creation, and serve the last.

    :param prior: what was served before the newcomer, whose file still holds it.
    """
    history = s3._object_versions[(name, key)]
    newcomer = history[-1]
    history.sort(key=lambda version: version["last_modified"])
    for version in history:
        version["is_latest"] = version is history[-1]
    if newcomer is not history[-1]:
        if not newcomer.get("is_delete_marker"):
            s3._persist_displaced_version(name, key, bucket["objects"][key], "Enabled")
        bucket["objects"][key] = prior
    if history[-1].get("is_delete_marker"):
        bucket["objects"].pop(key, None)
    s3._persist_version_state(name, key, bucket)


@dataclass
class Backlog:
    """What is still to be replicated, by source bucket, in the order in which it was written.

    A bucket that is not held has nothing here: what is written there is replicated at once.
    """

    held: dict[str, list[Pending]] = field(default_factory=dict)

    def add(self, pending: Pending) -> None:
        """Replicate it now, or once its bucket is no longer held."""
        if pending.bucket in self.held:
            self.held[pending.bucket].append(pending)
        else:
            pending.carry_over()

    def hold(self, bucket: str) -> None:
        """Let what is written from now on wait."""
        self.held.setdefault(bucket, [])

    def release(self, bucket: str, count: int | None) -> None:
        """Replicate what waits, and hold nothing more; with a ``count`` the first ones only, and go on holding."""
        waiting = self.held.get(bucket, [])
        for pending in waiting[:count]:
            pending.carry_over()
        if count is None:
            self.held.pop(bucket, None)
        else:
            del waiting[:count]

    def drop(self, bucket: str) -> None:
        """Lose what waits: it is PENDING for ever. The bucket stays held."""
        self.held[bucket] = []


def correct() -> Backlog:
    """Replicate so in this process; what is still to be replicated."""
    backlog = Backlog()

    def note_rule(
        bucket: str, key: str, record: dict[str, Any], _: object, tags: dict[str, str] | None = None
    ) -> None:
        # The version has no id yet.
        rule, role = s3._replication_rule_for(bucket, key, tags)
        if rule is not None:
            record |= {"replication_status": "PENDING", _RULE: (rule, role)}

    def record_version(
        bucket: str, key: str, prior: dict[str, Any] | None, record: dict[str, Any], body: Any
    ) -> str | None:
        rule, role = record.pop(_RULE, (None, ""))
        version: str | None = _record_version(bucket, key, prior, record, body)
        if rule is not None:
            entry = s3._object_versions[(bucket, key)][-1]
            backlog.add(_pending(bucket, key, rule, role, entry, record=record, body=bytes(body)))
        return version

    def replicate_marker(bucket: str, key: str) -> None:
        rule, role = s3._replication_rule_for(bucket, key, None)
        # Without a filter a rule is of the configuration's first version, which always replicates them.
        if rule and ("Filter" not in rule or rule.get("DeleteMarkerReplication", {}).get("Status") == "Enabled"):
            entry = s3._object_versions[(bucket, key)][-1]
            entry["replication_status"] = "PENDING"
            backlog.add(_pending(bucket, key, rule, role, entry))

    s3._maybe_replicate = note_rule
    s3._record_object_version = record_version
    s3._maybe_replicate_delete_marker = replicate_marker
    return backlog


def _pending(
    bucket: str, key: str, rule: dict[str, Any], role: str, entry: dict[str, Any], **content: Any
) -> Pending:
    return Pending(account=get_account_id(), bucket=bucket, key=key, rule=rule, role=role, entry=entry, **content)

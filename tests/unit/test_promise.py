"""What a stack promises of its resources leaves out nothing that it sets."""

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest
from hypothesis import given

from blueprint.access import Grant, grants, issuers
from blueprint.audit_trail import Alarm, AuditTrail, Recording
from blueprint.backend import backend
from blueprint.bucket import Bucket
from blueprint.encryption_key import EncryptionKey
from blueprint.lifecycle import LifecycleRule
from blueprint.lock_table import LockTable
from blueprint.operators import operator_grants
from blueprint.policy_document import policy
from blueprint.promise import access
from blueprint.promise.audit import promised_alarm, promised_delivery_role, promised_log_group, promised_trail
from blueprint.promise.bucket import promised_bucket
from blueprint.promise.difference import differences
from blueprint.promise.everything import everything, unknown_keys
from blueprint.promise.key import promised_key
from blueprint.promise.replication import (
    promised_batch_role,
    promised_replication,
    promised_replication_alarm,
    promised_replication_role,
)
from blueprint.promise.resource import KeyArns
from blueprint.promise.rules import RULES
from blueprint.promise.table import promised_table
from blueprint.replication import Replication
from blueprint.replication_alarms import ReplicationAlarm
from settings.model import Settings
from settings.stack_file import load_stack_file
from tests.unit.configurations import valid_configurations
from tests.unit.program import ROOT
from tests.unit.test_settings import read

ARNS = KeyArns(primary="arn:aws:kms:a:1:key/1", replica="arn:aws:kms:b:1:key/2", audit="arn:aws:kms:a:1:key/3")
SETTINGS = load_stack_file(ROOT / "Pulumi.prod.yaml")
PLAN = backend(SETTINGS)
assert PLAN.audit is not None
AUDIT: AuditTrail = PLAN.audit
assert AUDIT.recording is not None
assert PLAN.replication is not None
REPLICATION: Replication = PLAN.replication
assert PLAN.primary.key is not None
assert PLAN.primary.table is not None
assert PLAN.primary.bucket.logging is not None


def _of_bucket(bucket: Bucket) -> object:
    return promised_bucket(bucket, policy(), ARNS.primary)


def _of_audit(audit: AuditTrail) -> object:
    alarms = [promised_alarm(SETTINGS, audit, alarm) for alarm in audit.alarms]
    recorded = [promised_trail(SETTINGS, audit.recording, ARNS.audit)] if audit.recording else []
    return (promised_log_group(SETTINGS, audit, ARNS.audit), *alarms, *recorded)


def _of_recording(recording: Recording) -> object:
    return (
        promised_trail(SETTINGS, recording, ARNS.audit),
        promised_bucket(recording.bucket, recording.bucket_policy, ARNS.audit),
        promised_key(recording.key),
        promised_delivery_role(SETTINGS, recording),
    )


def _of_replication(plan: Replication) -> object:
    return (
        promised_replication(SETTINGS, plan, ARNS.replica),
        promised_replication_role(SETTINGS, plan, ARNS.primary, ARNS.replica),
        promised_batch_role(SETTINGS, plan),
        [promised_replication_alarm(plan, alarm) for alarm in plan.alarms],
    )


SETS: list[tuple[Any, Callable[[Any], object]]] = [
    (PLAN.primary.bucket, _of_bucket),
    (PLAN.primary.bucket.logging, lambda logging: _of_bucket(replace(PLAN.primary.bucket, logging=logging))),
    (
        LifecycleRule(
            id="all",
            current_version_days=1,
            noncurrent_version_days=1,
            newer_noncurrent_versions=1,
            transition_days=1,
            transition_storage_class="GLACIER_IR",
            abandoned_upload_days=1,
        ),
        lambda rule: _of_bucket(replace(PLAN.primary.bucket, rules=(rule,))),
    ),
    (PLAN.primary.table, lambda table: promised_table(table, ARNS.primary)),
    (PLAN.primary.key, promised_key),
    (PLAN.replication, _of_replication),
    (PLAN.replication.batch_role, lambda role: _of_replication(replace(REPLICATION, batch_role=role))),
    (PLAN.replication.alarms[0], lambda alarm: promised_replication_alarm(REPLICATION, alarm)),
    (AUDIT, _of_audit),
    (AUDIT.recording, _of_recording),
    (AUDIT.alarms[0], lambda alarm: promised_alarm(SETTINGS, AUDIT, alarm)),
]
IMPORTED = "it is imported and not made, which AWS does not tell"
LESS = "what is kept is not promised: test_adopt goes through all of it"
NOT_TO_BE_SEEN = {
    (EncryptionKey, "deletion_window_days"): "KMS is told it with the order to delete, and keeps it with no key",
    (Bucket, "arn"): "it follows from the name, and the policies that name it are given to the promise",
    (LifecycleRule, "expired_delete_markers"): "S3 takes it only where no current version expires",
    (Alarm, "kind"): "it names the alarm in the program alone",
    (ReplicationAlarm, "kind"): "it names the alarm in the program alone",
    (Grant, "name"): "it names the entry in the program alone",
    (Grant, "assume"): "Terraform is told it, and AWS not",
    (Grant, "states"): "they follow from the scope, and Terraform is told them",
    (Bucket, "adopted"): IMPORTED,
    (LockTable, "adopted"): IMPORTED,
    (EncryptionKey, "adopted_arn"): IMPORTED,
    (Bucket, "kept"): LESS,
    (LockTable, "kept"): LESS,
    (EncryptionKey, "kept"): LESS,
}
"""Fields that no promise is about, with the reason."""


@pytest.mark.parametrize(("plan", "promise"), SETS, ids=lambda value: type(value).__name__)
def test_another_value_of_any_field_is_another_promise(plan: Any, promise: Callable[[Any], object]) -> None:
    for name in _fields(plan):
        other = replace(plan, **{name: _another(getattr(plan, name))})
        assert promise(other) != promise(plan), f"{type(plan).__name__}.{name} is promised nowhere"


@pytest.mark.parametrize(
    ("maker", "made"), [("grants", grants), ("issuers", issuers), ("operator_grants", operator_grants)]
)
def test_another_value_of_any_field_of_access_is_another_promise(
    monkeypatch: pytest.MonkeyPatch, maker: str, made: Callable[[Settings], tuple[Any, ...]]
) -> None:
    plans = made(SETTINGS)
    before = list(access.promised_access(PLAN, ARNS))
    for index, plan in enumerate(plans):
        changes = [{name: _another(getattr(plan, name))} for name in _fields(plan) if name != "role"]
        role = getattr(plan, "role", None)
        if role is not None:
            changes.append({"role": None})
            changes += [{"role": replace(role, **{name: _another(getattr(role, name))})} for name in _fields(role)]
        for change in changes:
            others = (*plans[:index], replace(plan, **change), *plans[index + 1 :])
            monkeypatch.setattr(access, maker, lambda settings, others=others: others)
            assert list(access.promised_access(PLAN, ARNS)) != before, f"{type(plan).__name__}: {change}"


@given(valid_configurations())
def test_every_promise_has_a_rule_and_is_kept_whether_the_keys_are_known_or_not(
    configuration: dict[str, Any],
) -> None:
    plan = backend(read(configuration))
    arns = KeyArns(
        primary=ARNS.primary if plan.primary.key else None,
        replica=ARNS.replica if plan.replica and plan.replica.key else None,
        audit=None,
    )
    live = everything(plan, arns)
    assert len({(one.kind, one.region, one.name) for one in live}) == len(live)
    for promise, found in zip(everything(plan, unknown_keys(plan)), live, strict=True):
        assert f"{promise.kind}.exists" in RULES
        for setting, value in promise.settings.items():
            rule = RULES[f"{promise.kind}.{setting}"]
            assert list(differences(rule.comparison, value, found.settings[setting])) == []
            assert list(differences(rule.comparison, found.settings[setting], found.settings[setting])) == []


def test_prod_promises_every_setting_that_has_a_rule() -> None:
    with_boundary = backend(SETTINGS.model_copy(update={"permissions_boundary": "arn:aws:iam::1:policy/b"}))
    promised = {f"{one.kind}.{setting}" for one in everything(with_boundary, ARNS) for setting in one.settings}
    assert promised == {id_ for id_ in RULES if not id_.endswith(".exists")}


def _fields(plan: Any) -> Iterable[str]:
    return [field.name for field in fields(plan) if (type(plan), field.name) not in NOT_TO_BE_SEEN]


def _another(value: Any) -> Any:
    """A value of the same shape that is not the same."""
    if isinstance(value, Enum):
        return next(other for other in type(value) if other is not value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 400
    if isinstance(value, str) or value is None:
        return f"{value}-other" if value else "other"
    if isinstance(value, tuple):
        return () if value else ("other",)
    if is_dataclass(value) and not isinstance(value, type):
        # Something else in it, as far as it shows.
        name = next(iter(_fields(value)))
        return replace(value, **{name: _another(getattr(value, name))})
    if isinstance(value, dict) and "Statement" in value:
        return {**value, "Statement": []}
    return {**value, "other": {"eventCategory": {"equals": ["Other"]}}}

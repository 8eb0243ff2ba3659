"""All that a stack promises, resource by resource."""

from collections.abc import Iterator

from blueprint.backend import Backend
from blueprint.promise.access import promised_access
from blueprint.promise.account import promised_account
from blueprint.promise.audit import promised_alarm, promised_delivery_role, promised_log_group, promised_trail
from blueprint.promise.bucket import promised_bucket, promised_log_bucket, promised_state_bucket
from blueprint.promise.key import promised_key
from blueprint.promise.replication import (
    promised_batch_role,
    promised_replication,
    promised_replication_alarm,
    promised_replication_role,
)
from blueprint.promise.resource import UNKNOWN_KEY, KeyArns, Promise
from blueprint.promise.table import promised_table


def promised_keys(plan: Backend, arns: KeyArns) -> Iterator[Promise]:
    """The keys, which are asked for first, since other promises name their ARNs."""
    if plan.primary.key is not None:
        yield promised_key(plan.primary.key, arns.primary)
    if plan.replica is not None and plan.replica.key is not None:
        yield promised_key(plan.replica.key, arns.replica)
    if plan.audit is not None and plan.audit.recording is not None:
        yield promised_key(plan.audit.recording.key, arns.audit)


def unknown_keys(plan: Backend) -> KeyArns:
    """The keys that a stack has, before anybody said which they are."""
    replica, audit = plan.replica, plan.audit
    return KeyArns(
        primary=UNKNOWN_KEY if plan.primary.key else None,
        replica=UNKNOWN_KEY if replica and replica.key else None,
        audit=UNKNOWN_KEY if audit and audit.recording else None,
    )


def promised_beside_keys(plan: Backend, arns: KeyArns) -> Iterator[Promise]:
    """Everything but the keys: the account, region by region what is there, replication, audit, access."""
    settings = plan.settings
    account = promised_account(settings)
    if account is not None:
        yield account
    for region, key_arn in ((plan.primary, arns.primary), (plan.replica, arns.replica)):
        if region is None:
            continue
        yield promised_state_bucket(settings, region, key_arn)
        logs = promised_log_bucket(settings, region)
        if logs is not None:
            yield logs
        if region.table is not None:
            yield promised_table(region.table, key_arn)
    ways = ((plan.replication, arns.primary, arns.replica), (plan.reverse_replication, arns.replica, arns.primary))
    for replication, source_key, destination_key in ways:
        if replication is None:
            continue
        yield promised_replication(settings, replication, destination_key)
        yield promised_replication_role(settings, replication, source_key, destination_key)
        yield promised_batch_role(settings, replication)
        for alarm in replication.alarms:
            yield promised_replication_alarm(replication, alarm)
    yield from _audit(plan, arns.audit)
    yield from promised_access(plan, arns)


def everything(plan: Backend, arns: KeyArns) -> tuple[Promise, ...]:
    """All of it."""
    return (*promised_keys(plan, arns), *promised_beside_keys(plan, arns))


def _audit(plan: Backend, key_arn: str | None) -> Iterator[Promise]:
    audit, settings = plan.audit, plan.settings
    if audit is None:
        return
    if audit.recording is not None:
        yield promised_bucket(audit.recording.bucket, audit.recording.bucket_policy, key_arn)
        yield promised_trail(settings, audit.recording, key_arn)
        yield promised_log_group(settings, audit, key_arn)
        yield promised_delivery_role(settings, audit.recording)
    for alarm in audit.alarms:
        yield promised_alarm(settings, audit, alarm)

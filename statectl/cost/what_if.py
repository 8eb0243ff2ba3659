"""What another setting would change: the same estimate for the same use, made otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from blueprint.cost import estimate, total_cost
from blueprint.prices import PriceList
from blueprint.traffic import Assumptions
from blueprint.usage import Setup, Usage, setup_of
from settings.audit import AuditTrail
from settings.model import Encryption, Lock, NoncurrentTransition, Settings, StorageClass, Ways
from statectl.cost.other_lifecycle import everywhere, moved, retained, shorter_and_longer

FIRST_MOVE_DAYS = 30
"""S3 moves nothing to STANDARD_IA sooner."""
SECOND_REGION = "a second region"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one setting would change.

    :param setting: its key in the stack file.
    :param now: its value.
    :param then: the value that it would have.
    :param difference: what the backend would cost more a month; negative where less.
    :param total: what it would cost then.
    :param how: what there is to know of it.
    """

    setting: str
    now: str
    then: str
    difference: Decimal
    total: Decimal
    how: str


@dataclass(frozen=True, kw_only=True)
class _Alternative:
    setting: str
    now: str
    then: str
    setup: Setup
    usage: Usage
    how: str = ""


def changes(
    usage: Usage, settings: Settings | None, prices: PriceList, assumptions: Assumptions
) -> tuple[Change, ...]:
    """What other settings would change, the largest first.

    :param settings: the stack's; without them only what the bucket itself shows can be told.
    """
    now = total_cost(estimate(usage, usage.setup, prices, assumptions))
    found = []
    for other in _alternatives(usage, settings):
        then = total_cost(estimate(other.usage, other.setup, prices, assumptions))
        found.append(
            Change(
                setting=other.setting,
                now=other.now,
                then=other.then,
                difference=then - now,
                total=then,
                how=other.how,
            )
        )
    return tuple(sorted(found, key=lambda change: (-abs(change.difference), change.setting, change.then)))


def _alternatives(usage: Usage, settings: Settings | None) -> Iterator[_Alternative]:
    setup = usage.setup
    yield from _retentions(usage)
    yield from _transitions(usage)
    for lock in Lock:
        if lock is not setup.lock:
            yield _Alternative(
                setting="lock", now=setup.lock, then=lock, setup=replace(setup, lock=lock), usage=usage
            )
    if settings is None:
        return
    other_region = None if setup.replica_region else SECOND_REGION
    yield _Alternative(
        setting="replicaRegion",
        now=setup.replica_region or "unset",
        then=other_region or "unset",
        setup=replace(setup, replica_region=other_region),
        usage=usage,
    )
    if setup.replica_region:
        ways = Ways.ONE_WAY if setup.ways is Ways.TWO_WAY else Ways.TWO_WAY
        yield _Alternative(
            setting="replication",
            now=setup.ways,
            then=ways,
            setup=replace(setup, ways=ways),
            usage=usage,
            how="back from the second region nothing is replicated until a failover",
        )
    other = Encryption.AES256 if setup.encryption is Encryption.KMS else Encryption.KMS
    yield _Alternative(
        setting="encryption",
        now=settings.encryption,
        then=other,
        setup=replace(setup, encryption=other),
        usage=usage,
        how="no key of your own stands between a reader and the states" if other is Encryption.AES256 else "",
    )
    yield _audit(usage, settings)
    yield from _access_logs(usage, settings)


def _retentions(usage: Usage) -> Iterator[_Alternative]:
    now = usage.setup.retention
    for then in (other for others in shorter_and_longer(usage.setup) for other in others):
        if now is None:
            return
        of_days = then.newest == now.newest
        how = "once S3 has deleted them" if then < now else "once they have piled up, at the pace of now"
        yield _Alternative(
            setting="noncurrentVersionDays" if of_days else "newerNoncurrentVersions",
            now=str(now.days if of_days else now.newest),
            then=str(then.days if of_days else then.newest),
            setup=replace(usage.setup, retention=then),
            usage=everywhere(usage, retained, then),
            how=how,
        )


def _transitions(usage: Usage) -> Iterator[_Alternative]:
    setup, now = usage.setup, usage.setup.transition
    days = max(now.days if now else 0, FIRST_MOVE_DAYS)
    others: list[NoncurrentTransition | None] = [None] if now else []
    if setup.retention is None or days < setup.retention.days:
        others += [
            NoncurrentTransition(days=days, storage_class=to)
            for to in StorageClass
            if now is None or to is not now.storage_class
        ]
    for then in others:
        yield _Alternative(
            setting="noncurrentTransition",
            now=_said(now),
            then=_said(then),
            setup=replace(setup, transition=then),
            usage=everywhere(usage, moved, then),
            how="versions below 128 KB stay in STANDARD; the first move of those that are there is not counted",
        )


def _audit(usage: Usage, settings: Settings) -> _Alternative:
    then = AuditTrail() if settings.audit_trail is None else None
    other = setup_of(settings.model_copy(update={"audit_trail": then}))
    setup = replace(usage.setup, audit_days=other.audit_days, alarms=other.alarms)
    on = f"{then.days} days" if then else ""
    return _Alternative(
        setting="auditTrail",
        now="set" if settings.audit_trail else "unset",
        then=on or "unset",
        setup=setup,
        usage=usage,
    )


def _access_logs(usage: Usage, settings: Settings) -> Iterator[_Alternative]:
    days = usage.setup.access_log_days
    if days is None:
        yield _Alternative(
            setting="accessLogs",
            now="false",
            then="true",
            setup=replace(usage.setup, access_log_days=settings.access_log_days),
            usage=usage,
        )
        return
    yield _Alternative(
        setting="accessLogs",
        now="true",
        then="false",
        setup=replace(usage.setup, access_log_days=None),
        usage=usage,
    )
    for then in (days // 2, days * 2):
        if then:
            yield _Alternative(
                setting="accessLogDays",
                now=str(days),
                then=str(then),
                setup=replace(usage.setup, access_log_days=then),
                usage=usage,
            )


def _said(transition: NoncurrentTransition | None) -> str:
    return f"{transition.storage_class} after {transition.days} days" if transition else "unset"

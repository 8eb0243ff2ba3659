"""What the first ``pulumi up`` changes at a found backend, setting by setting, from what the stack promises."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from blueprint.backend import Backend, backend
from blueprint.names import account_root_arn
from blueprint.promise.bucket import promised_state_bucket
from blueprint.promise.difference import NOTHING, Difference, differences
from blueprint.promise.key import promised_key
from blueprint.promise.replication import promised_replication
from blueprint.promise.resource import UNKNOWN_KEY, Kind, Promise
from blueprint.promise.rules import RULES
from blueprint.promise.statements import statements
from blueprint.promise.table import promised_table
from blueprint.regional_policy import regional_policy
from settings.adopt import Kept
from settings.model import Encryption, Settings
from settings.regions import partition_of
from statectl.adopt.found import Found
from statectl.adopt.risk import in_order, risk_of
from store.live.reading import Live

_PART_OF = {"bucket.bucket-key": "bucket.encryption", "bucket.blocked-encryption": "bucket.encryption"}
"""Settings that are kept with another, since S3 sets them with it."""
KEEPABLE = frozenset(kept.value for kept in Kept)
"""What ``adopt.keep`` can hold."""
THERE = "there"
"""What is expected of a statement that is missing."""
_PUBLIC_GRANTS = ("AllUsers", "AuthenticatedUsers")


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingChange:
    """One setting that is not as the stack promises.

    :param id: what doctor calls the setting, such as `bucket.versioning`.
    :param resource: the name of the bucket, table or key.
    :param part: which part of it: a statement by its Sid, a lifecycle rule by its id; empty for the whole.
    :param found: what is there.
    :param expected: what the stack promises.
    :param keep: what `adopt.keep` calls it; `null` where it cannot be kept.
    :param kept: whether the plan leaves it as it was found for now.
    :param breaks: who can run into it; empty where nobody can.
    :param check: how to tell beforehand.
    """

    id: str
    resource: str
    part: str
    found: str
    expected: str
    keep: str | None
    kept: bool
    breaks: str
    check: str


def changes(found: Found, settings: Settings, keep: Collection[str]) -> tuple[SettingChange, ...]:
    """Every setting that differs: first what the next ``pulumi up`` changes, then what is kept, in order.

    :param settings: of the stack, as if it kept nothing.
    :param keep: what the stack keeps.
    """
    told = _all(found, settings)
    order = {id_: number for number, id_ in enumerate(in_order(frozenset(keep)), start=1)}
    marked = [_kept(change) if change.keep in order else change for change in told]
    return tuple(sorted(marked, key=lambda change: order.get(change.keep or "", 0) if change.kept else 0))


def first_kept(found: Found, settings: Settings) -> tuple[str, ...]:
    """What is best kept at first, in the order in which it is switched on: all that a client can run into.

    :param settings: of the stack, as if it kept nothing.
    """
    kept = frozenset(change.keep for change in _all(found, settings) if change.keep and change.breaks)
    return in_order(kept | {Kept.POLICY.value} if leaves_no_statement(settings, kept) else kept)


def leaves_no_statement(settings: Settings, kept: Collection[str]) -> bool:
    """Whether the bucket's policy would be empty without these statements, which S3 does not take."""
    if settings.adopt is None:
        return False
    adopt = settings.adopt.model_copy(update={"keep": tuple(map(Kept, kept))})
    left = settings.model_copy(update={"adopt": adopt})
    region = backend(left).primary
    return not regional_policy(left, region, key_arn=UNKNOWN_KEY if region.key else None)["Statement"]


def made_key_arn(found: Found) -> str:
    """What stands for the ARN of a key that ``pulumi up`` makes."""
    return f"arn:{partition_of(found.region).name}:kms:{found.region}:{found.account_id}:key/(made by pulumi up)"


def _all(found: Found, settings: Settings) -> list[SettingChange]:
    return [change for promise, live in _parts(found, settings) for change in _differing(found, promise, live)]


def _parts(found: Found, settings: Settings) -> Iterator[tuple[Promise, Live]]:
    plan: Backend = backend(settings)
    region = plan.primary
    key_arn = None
    if region.key is not None:
        own = found.own_key
        key_arn = own.arn if own is not None else made_key_arn(found)
        if own is not None:
            yield promised_key(region.key), own.live
    yield promised_state_bucket(settings, region, key_arn), found.live
    if plan.replication is not None:
        destination = UNKNOWN_KEY if settings.encryption is Encryption.KMS else None
        yield promised_replication(settings, plan.replication, destination), found.replication
    if region.table is not None and found.table is not None and found.table.live.gone is None:
        yield promised_table(region.table, key_arn), found.table.live


def _differing(found: Found, promise: Promise, live: Live) -> Iterator[SettingChange]:
    for setting, promised in promise.settings.items():
        id_ = f"{promise.kind}.{setting}"
        if setting in live.unread:
            unread = Difference(part="", expected=RULES[id_].title, found=f"not read: {live.unread[setting]}")
            yield _change(found, promise, id_, unread, live)
        elif setting in live.settings:
            if setting == "tags":
                yield from _lost_tags(found, promise, live)
            for difference in differences(RULES[id_].comparison, promised, live.settings[setting]):
                for one in _by_statement(id_, difference, promised):
                    if not _says_the_same(id_, one, promised, live.settings[setting]):
                        yield _change(found, promise, id_, one, live)


def _lost_tags(found: Found, promise: Promise, live: Live) -> Iterator[SettingChange]:
    """Tags that go, since the stack's are then the only ones. Those of AWS stay."""
    for name, value in (live.settings["tags"] or {}).items():
        if name not in promise.settings["tags"] and not name.startswith("aws:"):
            lost = Difference(part=name, expected=NOTHING, found=value)
            yield _change(found, promise, f"{promise.kind}.tags", lost, live)


def _by_statement(id_: str, difference: Difference, promised: Any) -> Iterator[Difference]:
    """A policy that is missing as a whole, as the statements that are; what is in them, the Sid says."""
    if not id_.endswith(".policy") or difference.found != NOTHING:
        yield difference
    else:
        for sid in [difference.part] if difference.part else statements(promised):
            yield Difference(part=sid, expected=THERE, found=NOTHING)


def _says_the_same(id_: str, difference: Difference, promised: Any, live: Any) -> bool:
    """Whether a statement is there under another Sid: nobody notices that it comes."""
    if not id_.endswith(".policy") or difference.found != NOTHING or not live:
        return False
    there = [_without_sid(one) for listed in statements(live).values() for one in listed]
    return all(_without_sid(one) in there for one in statements(promised).get(difference.part, [{}]))


def _without_sid(statement: Mapping[str, Any]) -> dict[str, Any]:
    principal = statement.get("Principal")
    everyone = isinstance(principal, Mapping) and set(principal.values()) == {"*"}
    without = {name: value for name, value in statement.items() if name != "Sid"}
    return {**without, "Principal": "*"} if everyone else without


def _change(found: Found, promise: Promise, id_: str, difference: Difference, live: Live) -> SettingChange:
    name = _keep(id_, difference.part)
    risk = risk_of(id_, name) if name and _is_risky(found, id_, difference, live) else None
    return SettingChange(
        id=id_,
        resource=found.key.name if promise.kind is Kind.KEY and found.key else promise.name,
        part=difference.part,
        found=difference.found,
        expected=difference.expected,
        keep=name,
        kept=False,
        breaks=risk.breaks if risk else "",
        check=risk.check if risk else "",
    )


def _kept(change: SettingChange) -> SettingChange:
    risk = risk_of(change.id, change.keep or "")
    breaks, check = (risk.breaks, risk.check) if risk else (change.breaks, change.check)
    return replace(change, kept=True, breaks=breaks, check=check)


def _keep(id_: str, part: str) -> str | None:
    """What ``adopt.keep`` calls a setting, or the part of it."""
    for name in (f"{id_}.{part}", _PART_OF.get(id_, id_)):
        if name in KEEPABLE:
            return name
    return None


def _is_risky(found: Found, id_: str, difference: Difference, live: Live) -> bool:
    """Whether somebody could run into this very change."""
    setting = id_.partition(".")[2]
    if setting in live.unread:
        return True
    if id_ == "bucket.public-access":
        return _is_public(found)
    if id_ == "bucket.logging":
        return difference.found != NOTHING
    if id_ == "table.encryption":
        # DynamoDB's own keys are everybody's to use.
        return difference.expected != NOTHING
    if id_ == "bucket.policy" and difference.part not in _denials():
        return difference.expected == NOTHING and _lets_others_in(found, difference.part)
    return id_ not in {"table.billing", "table.recovery", "key.rotation"}


def _denials() -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in KEEPABLE if name.startswith("bucket.policy."))


def _is_public(found: Found) -> bool:
    grants = found.setting("grants")
    if "grants" in found.beside.unread or "policy" in found.live.unread:
        return True
    by_acl = any(grant.startswith(_PUBLIC_GRANTS) for grant in grants or ())
    by_policy = any(
        one.get("Effect") == "Allow" and one.get("Principal") in ("*", {"AWS": "*"}) for one in found.statements
    )
    return by_acl or by_policy


def _lets_others_in(found: Found, sid: str) -> bool:
    """Whether a statement allows something, and not only to the account, where IAM allows it."""
    own = {account_root_arn(found.account_id, found.region), found.account_id}
    listed = statements(found.setting("policy")).get(sid, [])
    return any(one.get("Effect") == "Allow" and not _principals(one) <= own for one in listed)


def _principals(statement: Mapping[str, Any]) -> set[str]:
    principal = statement.get("Principal", "*")
    values = principal.values() if isinstance(principal, Mapping) else [principal]
    return {str(one) for value in values for one in (value if isinstance(value, list) else [value])}

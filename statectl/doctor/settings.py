"""Compares every setting of every resource with what the stack promises."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from blueprint.backend import Backend
from blueprint.promise.difference import NOTHING, differences
from blueprint.promise.everything import promised_beside_keys, promised_keys, unknown_keys
from blueprint.promise.resource import UNKNOWN_KEY, KeyArns, Promise
from blueprint.promise.rules import RULES
from statectl.doctor.finding import Check, Examination, Finding, not_checked, problem
from statectl.doctor.reading import ClientOf, reader
from store.live.reading import Live
from store.parallel import in_order

Wanted = Callable[[str], bool]
"""Whether somebody wants to know about an id."""


def examine_settings(
    client: ClientOf, plan: Backend, outputs: Mapping[str, Any], wanted: Wanted
) -> Iterator[Examination]:
    """Every resource of the stack, the keys first, since the other promises name them.

    :param outputs: the stack's outputs, which say which keys it made; empty where they were not to be had.
    """
    named = keys_in(plan, outputs)
    # A key that nobody asks about is read only where its ARN is not known.
    asked = (promise for promise in promised_keys(plan, named) if not promise.handle or _is_asked(promise, wanted))
    promises = list(asked)
    readers = [reader(client, plan.settings, promise) for promise in promises]
    live = list(in_order(lambda read: read(), readers))
    yield from map(lambda promise, found: examine(promise, found, wanted), promises, live)
    arns = {
        (promise.region, promise.name): str(found.settings.get("arn", UNKNOWN_KEY))
        for promise, found in zip(promises, live, strict=True)
    }
    rest = (
        (promise, reader(client, plan.settings, promise))
        for promise in promised_beside_keys(plan, _learned(plan, named, arns))
        if _is_asked(promise, wanted)
    )
    yield from in_order(lambda question: examine(question[0], question[1](), wanted), rest)


def keys_in(plan: Backend, outputs: Mapping[str, Any]) -> KeyArns:
    """The keys that the outputs name; the audit trail's is in none."""
    unknown = unknown_keys(plan)
    return KeyArns(
        primary=unknown.primary and str(outputs.get("kms_key_arn") or unknown.primary),
        replica=unknown.replica and str(outputs.get("replica_kms_key_arn") or unknown.replica),
        audit=unknown.audit,
    )


def examine(promise: Promise, live: Live, wanted: Wanted) -> Examination:
    """One resource."""
    checks = [Check(id=id_, region=promise.region, resource=promise.name) for id_ in _ids(promise) if wanted(id_)]
    findings = [finding for check in checks for finding in _findings(check, promise, live)]
    answered = live.gone is not None or bool(live.settings)
    # Of what does not exist nothing else was looked at, and whether what says nothing exists, nobody knows.
    is_known = {"exists": answered}
    return Examination(
        checks=[check for check in checks if is_known.get(check.id.partition(".")[2], live.gone is None)],
        findings=findings,
        failures=list(live.unread.values()),
        answered=answered,
    )


def _findings(check: Check, promise: Promise, live: Live) -> Iterator[Finding]:
    setting = check.id.removeprefix(f"{promise.kind}.")
    if setting == "exists":
        if live.gone:
            yield problem(check, setting=setting, expected="it exists", found=str(live.gone) or NOTHING)
        return
    if live.gone:
        return
    if setting in live.unread:
        yield not_checked(check, live.unread[setting], setting=setting)
        return
    rule = RULES[check.id]
    for difference in differences(rule.comparison, promise.settings[setting], live.settings[setting]):
        yield problem(
            check,
            setting=setting,
            part=difference.part,
            expected=difference.expected,
            found=difference.found,
        )


def _ids(promise: Promise) -> list[str]:
    return [f"{promise.kind}.{setting}" for setting in ("exists", *promise.settings)]


def _is_asked(promise: Promise, wanted: Wanted) -> bool:
    return any(map(wanted, _ids(promise)))


def _learned(plan: Backend, named: KeyArns, arns: Mapping[tuple[str, str], str]) -> KeyArns:
    """The same keys, with the ARNs that their aliases lead to where nothing else names them."""

    def known(arn: str | None, region: str, alias: str) -> str | None:
        return arns.get((region, alias), arn) if arn == UNKNOWN_KEY else arn

    primary, replica = plan.primary, plan.replica
    recording = plan.audit.recording if plan.audit else None
    return KeyArns(
        primary=known(named.primary, primary.region, primary.key.alias) if primary.key else None,
        replica=known(named.replica, replica.region, replica.key.alias) if replica and replica.key else None,
        audit=known(named.audit, recording.key.region, recording.key.alias) if recording else None,
    )

"""What the doctor says: what it looked at, and what is not in order there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from statectl.doctor.judgement import JUDGEMENTS, Severity
from statectl.doctor.rules import RULES
from store.failures import CredentialsError, DeniedError, StoreFailureError


class FindingKind(StrEnum):
    """What a finding is."""

    PROBLEM = "problem"
    """Something is not in order."""
    NOT_CHECKED = "not-checked"
    """Something could not be read, so that nobody knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is not in order, or could not be looked at.

    :param id: what was looked at, such as ``bucket.versioning``; fixed, for scripts to go by.
    :param kind: ``problem``, or ``not-checked`` where it could not be read.
    :param severity: ``high``, ``medium`` or ``low``.
    :param controls: the ids of Checkov, Prowler and Security Hub for the same.
    :param region: the region, or ``global`` for what belongs to the whole account.
    :param resource: the name of the bucket, key, table, role and so on, or the key of the state.
    :param setting: which setting, and which part of it: a statement by its Sid, a lifecycle rule by its id.
    :param expected: what is promised there.
    :param found: what is there; for what could not be read, why.
    :param action: the IAM action that was missing; ``null`` where none was.
    :param fix: what to do about it.
    """

    id: str
    kind: FindingKind
    severity: Severity
    controls: tuple[str, ...]
    region: str
    resource: str
    setting: str
    expected: str
    found: str
    action: str | None
    fix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was looked at, whatever came of it.

    :param id: as in a finding.
    :param region: as in a finding.
    :param resource: as in a finding; the bucket's name for what is about all its states together.
    """

    id: str
    region: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What came of looking at one resource, or at all states.

    :param checks: what was looked at.
    :param findings: what is not in order, or could not be read.
    :param failures: why something could not be read.
    :param answered: whether AWS answered anything at all.
    """

    checks: Sequence[Check]
    findings: Sequence[Finding]
    failures: Sequence[StoreFailureError]
    answered: bool


def problem(check: Check, *, setting: str, expected: str, found: str, part: str = "") -> Finding:
    """Something that is not in order.

    :param part: the part of the setting.
    """
    judgement = JUDGEMENTS[check.id]
    return Finding(
        id=check.id,
        kind=FindingKind.PROBLEM,
        severity=judgement.severity,
        controls=RULES[check.id].controls_of(part),
        region=check.region,
        resource=check.resource,
        setting=f"{setting}: {part}" if part else setting,
        expected=expected,
        found=found,
        action=None,
        fix=judgement.fix.replace("STATE", check.resource),
    )


def not_checked(check: Check, failure: StoreFailureError, *, setting: str, found: str = "") -> Finding:
    """Something that could not be read; it counts as low, since nobody knows of anything that is wrong.

    :param found: why, where the failure's own words do not say it all.
    """
    action = failure.action if isinstance(failure, DeniedError) else None
    return Finding(
        id=check.id,
        kind=FindingKind.NOT_CHECKED,
        severity=Severity.LOW,
        controls=RULES[check.id].controls,
        region=check.region,
        resource=check.resource,
        setting=setting,
        expected=RULES[check.id].title,
        found=found or str(failure),
        action=action,
        fix=f"ask with credentials that may {action}" if action else failure.next_step,
    )


def no_answer(examinations: Iterable[Examination]) -> StoreFailureError | None:
    """Why nothing at all could be read; ``None`` where something could.

    Of several reasons that which says that AWS refused, since it is the one that a person can do something about.
    """
    failures: list[StoreFailureError] = []
    for examination in examinations:
        if examination.answered:
            return None
        failures += examination.failures
    refused = (failure for failure in failures if isinstance(failure, DeniedError | CredentialsError))
    return next(refused, failures[0] if failures else None)

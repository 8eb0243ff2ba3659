"""All that the doctor has to say, in order, whatever it is printed as."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from statectl.doctor.finding import Check, Examination, Finding, FindingKind
from statectl.doctor.judgement import Severity
from statectl.doctor.rules import RULES


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was looked at, and what was found.

    :param backend: which backend it is about, in words.
    :param passed: what was looked at and is in order.
    :param findings: what is not, or could not be read: the worst first, what was not checked last.
    """

    backend: str
    passed: Sequence[Check]
    findings: Sequence[Finding]

    @classmethod
    def of(cls, backend: str, examinations: Iterable[Examination]) -> "Report":
        """The report on these examinations."""
        checks: list[Check] = []
        findings: list[Finding] = []
        for examination in examinations:
            checks += examination.checks
            findings += examination.findings
        # What is found about one state is told by its key, and what was looked at by the bucket of them all.
        found = {(finding.id, finding.region) for finding in findings if not _is_setting(finding.id)}
        found_on = {(finding.id, finding.region, finding.resource) for finding in findings}
        passed = [
            check
            for check in checks
            if (check.id, check.region) not in found and (check.id, check.region, check.resource) not in found_on
        ]
        return cls(backend=backend, passed=passed, findings=sorted(findings, key=_order))

    def summary(self) -> str:
        """How it stands, in a sentence or two."""
        problems = Counter(finding.severity for finding in self.findings if finding.kind is FindingKind.PROBLEM)
        unknown = sum(finding.kind is FindingKind.NOT_CHECKED for finding in self.findings)
        good = f"{len(self.passed)} in order"
        if not self.findings:
            return f"Looked at {len(self.passed)} things; all are in order."
        parts = [f"{problems[severity]} {severity}" for severity in Severity if problems[severity]]
        bad = f"{problems.total()} not ({', '.join(parts)})" if parts else "none found that is not"
        return f"Of what was looked at, {good}, {bad}{f'; {unknown} could not be checked' if unknown else ''}."


def _is_setting(id_: str) -> bool:
    return id_.partition(".")[0] not in {"state", "object", "lock", "digest"}


def _order(finding: Finding) -> tuple[int, int, int, str, str, str]:
    return (
        list(FindingKind).index(finding.kind),
        list(Severity).index(finding.severity),
        list(RULES).index(finding.id),
        finding.region,
        finding.resource,
        finding.setting,
    )

"""A report as JUnit's XML, which most CI systems show as a list of tests.

A suite for each kind of resource, a case for each thing that was looked at: failed where something is not in
order, skipped where it could not be read.
Source: https://github.com/testmoapp/junitxml (there is no one standard; this is what its readers share)
"""

from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from statectl.doctor.finding import Check, Finding, FindingKind
from statectl.doctor.report import Report
from statectl.doctor.rules import RULES
from statectl.text import printable


def to_junit(report: Report) -> str:
    """The document."""
    cases: dict[str, list[Xml.Element]] = {}
    for finding in report.findings:
        cases.setdefault(_suite(finding.id), []).append(_failed(finding))
    for check in report.passed:
        cases.setdefault(_suite(check.id), []).append(_case(check))
    root = Xml.Element("testsuites", name=printable(f"statectl doctor, {report.backend}"))
    for name, own in sorted(cases.items()):
        suite = Xml.SubElement(root, "testsuite", {"name": name, **_counts(own)})
        suite.extend(own)
    root.attrib |= _counts([case for own in cases.values() for case in own])
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(id_: str) -> str:
    return id_.partition(".")[0]


def _case(about: Check | Finding, part: str = "") -> Xml.Element:
    more = f", {part}" if part else ""
    name = f"{RULES[about.id].title} ({about.resource} in {about.region}{more})"
    return Xml.Element("testcase", classname=f"doctor.{about.id}", name=printable(name), time="0")


def _failed(finding: Finding) -> Xml.Element:
    case = _case(finding, finding.setting)
    if finding.kind is FindingKind.NOT_CHECKED:
        Xml.SubElement(case, "skipped", message=printable(finding.found))
        return case
    what = f"expected {finding.expected}, found {finding.found}"
    failure = Xml.SubElement(case, "failure", type=finding.severity, message=printable(what))
    failure.text = printable(f"{what}\nfix: {finding.fix}\ncontrols: {', '.join(finding.controls) or 'none'}")
    return case


def _counts(cases: Iterable[Xml.Element]) -> dict[str, str]:
    kept = list(cases)
    return {
        "tests": str(len(kept)),
        "failures": str(sum(case.find("failure") is not None for case in kept)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in kept)),
    }

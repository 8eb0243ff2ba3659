"""The forms that a doctor's report comes in."""

import json
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from statectl.doctor.finding import Check, Examination, Finding, FindingKind
from statectl.doctor.judgement import JUDGEMENTS, Severity
from statectl.doctor.junit import to_junit
from statectl.doctor.report import Report
from statectl.doctor.rules import RULES, help_page
from statectl.doctor.sarif import LEVELS, to_sarif
from statectl.exit_code import ExitCode
from tests.statectl.breakages.account import Account
from tests.statectl.doctor_stack import REVIEWER, doctor_stack, somebody

TEXT = st.text(max_size=30)
FINDINGS = st.builds(
    Finding,
    id=st.sampled_from(sorted(RULES)),
    kind=st.sampled_from(FindingKind),
    severity=st.sampled_from(Severity),
    controls=st.lists(st.sampled_from(["CKV_AWS_21", "S3.14"]), unique=True).map(tuple),
    region=st.sampled_from(["eu-central-1", "global"]),
    resource=TEXT,
    setting=TEXT,
    expected=TEXT,
    found=TEXT,
    action=st.none() | st.just("s3:GetBucketPolicy"),
    fix=TEXT,
)
CHECKS = st.builds(Check, id=st.sampled_from(sorted(RULES)), region=st.just("eu-central-1"), resource=TEXT)
REPORTS = st.builds(
    Report, backend=TEXT, passed=st.lists(CHECKS, max_size=5), findings=st.lists(FINDINGS, max_size=8)
)


@given(REPORTS)
def test_junit_is_xml_whatever_a_key_holds_and_counts_what_it_has(report: Report) -> None:
    root = Xml.fromstring(to_junit(report))  # noqa: S314 (our own)
    assert root.tag == "testsuites"
    cases = root.findall("testsuite/testcase")
    problems = [finding for finding in report.findings if finding.kind is FindingKind.PROBLEM]
    assert len(cases) == int(root.attrib["tests"]) == len(report.passed) + len(report.findings)
    assert len(root.findall(".//failure")) == int(root.attrib["failures"]) == len(problems)
    assert len(root.findall(".//skipped")) == int(root.attrib["skipped"]) == len(report.findings) - len(problems)
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite)
        assert all(case.attrib["classname"].startswith(f"doctor.{suite.attrib['name']}.") for case in suite)


@given(REPORTS)
def test_sarif_has_what_its_schema_requires_and_a_result_for_each_finding(report: Report) -> None:
    document = json.loads(to_sarif(report))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert len(run["results"]) == len(report.findings)
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.id
        _is_message(result["message"])
        unknown = finding.kind is FindingKind.NOT_CHECKED
        # A result that is no failure has no level.
        assert (result["kind"], result["level"]) == (
            ("open", "none") if unknown else ("fail", LEVELS[finding.severity])
        )
        assert result["properties"]["tags"] == list(finding.controls)
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.yaml"
        assert location["logicalLocations"][0]["fullyQualifiedName"] == f"{finding.region}/{finding.resource}"
    for rule in rules:
        for name in ("shortDescription", "fullDescription", "help"):
            _is_message(rule[name])
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert len(set(rule["properties"]["tags"])) == len(rule["properties"]["tags"])
        assert rule.get("helpUri", "https://").startswith("https://")


def test_each_rule_has_a_judgement_with_its_reason_and_none_is_left_over() -> None:
    assert set(JUDGEMENTS) == set(RULES)
    assert all(judgement.why and judgement.fix for judgement in JUDGEMENTS.values())


def test_a_rule_leads_to_the_page_of_its_control() -> None:
    page = "https://docs.aws.amazon.com/securityhub/latest/userguide"
    assert help_page(RULES["bucket.versioning"]) == f"{page}/s3-controls.html#s3-14"
    assert help_page(RULES["table.recovery"]) == f"{page}/dynamodb-controls.html#dynamodb-2"
    assert help_page(RULES["probe.lock"]) is None


def test_what_is_not_in_order_is_not_among_what_is() -> None:
    bucket = Check(id="state.digest", region="eu-central-1", resource="bucket")
    tags = Check(id="bucket.tags", region="eu-central-1", resource="bucket")
    others = Check(id="bucket.tags", region="eu-central-1", resource="other")
    found = _finding(id="state.digest", resource="prod/network/terraform.tfstate")
    untagged = _finding(id="bucket.tags", resource="bucket")
    made = Report.of(
        "stack prod",
        [Examination(checks=[bucket, tags, others], findings=[untagged, found], failures=[], answered=True)],
    )
    assert list(made.passed) == [others]
    assert made.findings == [found, untagged]


def test_the_same_report_comes_from_the_command_in_every_form(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator
) -> None:
    own = doctor_stack(tmp_path_factory, engine, emulator)
    undo = Account(own).no_bucket_policy()
    try:
        who = somebody(own, REVIEWER, "s3:GetBucketLogging")
        only = ("doctor", "--only", "bucket.policy", "--only", "bucket.logging")
        runs = {form: who.run(*only, "--format", form) for form in ("table", "json", "junit", "sarif")}
    finally:
        undo()
    assert {run.code for run in runs.values()} == {ExitCode.FOUND}
    told: list[dict[str, Any]] = runs["json"].json()
    assert [row["id"] for row in told if row["kind"] == "problem"] == ["bucket.policy"]
    unknown = sum(row["kind"] == "not-checked" for row in told)
    assert unknown == 5
    assert len(runs["table"].out.splitlines()) == 1 + len(told)
    junit = Xml.fromstring(runs["junit"].out)  # noqa: S314 (our own)
    assert (junit.attrib["failures"], junit.attrib["skipped"]) == ("1", str(unknown))
    assert int(junit.attrib["tests"]) == len(told) + 4
    assert "a policy of " in str(junit.findall(".//failure")[0].attrib["message"])
    results = json.loads(runs["sarif"].out)["runs"][0]["results"]
    assert [(one["ruleId"], one["level"]) for one in results if one["kind"] == "fail"] == [
        ("bucket.policy", "error")
    ]
    assert {one["properties"]["action"] for one in results if one["kind"] == "open"} == {"s3:GetBucketLogging"}


def _is_message(message: dict[str, str]) -> None:
    assert message["text"].strip()


def _finding(**own: Any) -> Finding:
    plain = {"region": "eu-central-1", "setting": "s", "expected": "e", "found": "f", "action": None, "fix": "x"}
    severity = JUDGEMENTS[own["id"]].severity
    return Finding(**{"kind": FindingKind.PROBLEM, "severity": severity, "controls": (), **plain, **own})

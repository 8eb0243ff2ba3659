"""A report as SARIF 2.1.0, which code scanning and security dashboards read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
import json
from importlib.metadata import version
from typing import Any

from blueprint.promise.rule import Rule
from statectl.doctor.finding import Finding, FindingKind
from statectl.doctor.judgement import JUDGEMENTS, Severity
from statectl.doctor.report import Report
from statectl.doctor.rules import RULES, help_page

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
"""What SARIF calls a severity."""
WHERE = "Pulumi.yaml"
"""The file that readers show a finding at: what is live has none, and the project's is where its stacks begin."""


def to_sarif(report: Report) -> str:
    """The document: every rule there is, and a result for each finding."""
    indexes = {id_: index for index, id_ in enumerate(RULES)}
    driver = {
        "name": "statectl doctor",
        "version": version("state-backend"),
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"statectl doctor/{report.backend}"},
        "results": [_result(finding, indexes[finding.id]) for finding in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    judgement, page = JUDGEMENTS[rule.id], help_page(rule)
    controls = dict.fromkeys((*rule.controls, *(id_ for ids in rule.part_controls.values() for id_ in ids)))
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title}. Otherwise {judgement.why}."},
        "help": {"text": f"Fix: {judgement.fix}"},
        **({"helpUri": page} if page else {}),
        "defaultConfiguration": {"level": LEVELS[judgement.severity]},
        "properties": {"tags": list(controls)},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    unknown = finding.kind is FindingKind.NOT_CHECKED
    where = f"{finding.region}/{finding.resource}"
    text = (
        f"Not checked: {finding.found}"
        if unknown
        else f"{finding.resource} in {finding.region}: {finding.setting}: expected {finding.expected}, "
        f"found {finding.found}. Fix: {finding.fix}"
    )
    identity = "\n".join((finding.id, finding.region, finding.resource, finding.setting))
    return {
        "ruleId": finding.id,
        "ruleIndex": index,
        # What could not be decided is "open", and has no level then.
        "kind": "open" if unknown else "fail",
        "level": "none" if unknown else LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": WHERE}, "region": {"startLine": 1}},
                "logicalLocations": [
                    {"name": finding.resource, "fullyQualifiedName": where, "kind": "resource"},
                ],
            }
        ],
        # The same finding of the next run has the same one.
        "partialFingerprints": {"finding/v1": hashlib.sha256(identity.encode()).hexdigest()},
        "properties": {
            "tags": list(finding.controls),
            "region": finding.region,
            "resource": finding.resource,
            "setting": finding.setting,
            "action": finding.action,
        },
    }

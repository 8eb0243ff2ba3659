"""Checkov on what the program registered, as the Terraform plan that would make the same."""

import json
from collections.abc import Iterable
from pathlib import Path

from localcloud import environment, leash
from localcloud.failure import Failure
from tests.scanners.findings import Finding, Report
from tests.scanners.terraform_plan import terraform_plan
from tests.unit.program import Registration


def scan(command: Path, registrations: Iterable[Registration], folder: Path) -> Report:
    """Run every check that Checkov has for a plan.

    :raises Failure: when Checkov did not come to an end, or could not read the plan.
    """
    plan, names = terraform_plan(registrations)
    file = folder / "plan.json"
    file.write_text(json.dumps(plan))
    finished = leash.run(
        [
            command,
            *("--file", str(file), "--framework", "terraform_plan", "--output", "json"),
            *("--compact", "--skip-download", "--soft-fail"),
        ],
        cwd=folder,
        env={**environment.clean(), "HOME": str(folder)},
    )
    if finished.exit_code != 0:
        raise Failure("Checkov did not come to an end.", (finished.stdout + finished.stderr)[-2000:])
    said = json.loads(finished.stdout)
    findings: dict[Finding, str] = {}
    looked_at: dict[str, set[str]] = {}
    for result in (*said["results"]["passed_checks"], *said["results"]["failed_checks"]):
        name = names[result["resource"]]
        looked_at.setdefault(result["check_id"], set()).add(name)
        if result["check_result"]["result"] != "PASSED":
            findings[Finding(check=result["check_id"], resource=name)] = result["check_name"]
    unread = {str(error) for error in said["results"].get("parsing_errors", [])}
    return Report(findings=findings, looked_at=looked_at, unanswered=unread)

"""Prowler, unmodified, on the emulated AWS with a stack in it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from localcloud import environment, leash
from localcloud.failure import Failure
from tests.integration.deployment import Deployment, root_credentials
from tests.scanners.findings import Finding, Report
from tests.scanners.s3_control import s3_control

SERVICES = ("s3", "kms", "dynamodb", "iam", "cloudtrail")
_ERROR = re.compile(r'"level": "(?:ERROR|CRITICAL)", "module": "(?P<module>\w+)", "message": "(?P<message>.*)')
_OPERATION = re.compile(r"when calling the (\w+) operation")
_KIND = re.compile(r"(\w+)\[\d+\]")


def scan(command: Path, deployed: Deployment, folder: Path) -> Report:
    """Run every check that Prowler has for the services, and keep what it says of the stack's own resources.

    No check is named or left out, so that one that a later Prowler brings is run too. What it says of the rest of
    the account (its passwords, its root user, the roles that the tests made) is none of the stack's business: a
    finding counts where its ARN is that of a resource in the stack's state.

    :raises Failure: when Prowler did not come to an end.
    """
    settings = deployed.plan.settings
    log, output = folder / "prowler.log", folder / "prowler"
    with s3_control(deployed.emulator) as reach:
        finished = leash.run(
            [
                command,
                *("aws", "--service", *SERVICES, "--region", *_regions(deployed)),
                *(
                    "--output-formats",
                    "json-ocsf",
                    "--output-directory",
                    str(output),
                    "--output-filename",
                    "report",
                ),
                *("--log-level", "ERROR", "--log-file", str(log), "--aws-retries-max-attempts", "1"),
                *("--ignore-exit-code-3", "--no-banner", "--no-color"),
            ],
            cwd=folder,
            env={
                **environment.clean(),
                **deployed.emulator.environment(),
                **root_credentials(settings.account_id),
                **reach,
                "HOME": str(folder),
            },
        )
    report = output / "report.ocsf.json"
    if finished.exit_code != 0 or not report.exists():
        raise Failure("Prowler did not come to an end.", (finished.stdout + finished.stderr)[-2000:])
    return _read(report, log, names_by_arn(deployed))


def names_by_arn(deployed: Deployment) -> dict[str, str]:
    """The stack's resources that have an ARN, and what the program calls them."""
    state = json.loads(deployed.pulumi("stack", "export", "--stack", deployed.stack))
    names: dict[str, str] = {}
    for resource in state["deployment"]["resources"]:
        name = resource["urn"].split("::")[-1]
        outputs = resource.get("outputs", {})
        if resource["type"] == "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock":
            # Prowler asks in whichever of the regions comes first to it.
            names |= {f"arn:aws:s3:{region}:{resource['id']}:account": name for region in _regions(deployed)}
        elif "arn" in outputs and resource["type"].startswith("aws:") and "policyArn" not in outputs:
            names.setdefault(outputs["arn"], name)
    return names


def _regions(deployed: Deployment) -> list[str]:
    settings = deployed.plan.settings
    return [region for region in (settings.region, settings.replica_region) if region]


def _read(report: Path, log: Path, names: Mapping[str, str]) -> Report:
    findings: dict[Finding, str] = {}
    looked_at: dict[str, set[str]] = {}
    for said in json.loads(report.read_text()):
        check = said["metadata"]["event_code"]
        for resource in said["resources"]:
            name = names.get(resource["uid"])
            if name is None:
                continue
            looked_at.setdefault(check, set()).add(name)
            if said["status_code"] != "PASS":
                findings[Finding(check=check, resource=name)] = said["status_detail"]
    errors = [match for match in map(_ERROR.search, log.read_text().splitlines()) if match]
    return Report(findings=findings, looked_at=looked_at, unanswered={_asked(*error.groups()) for error in errors})


def _asked(module: str, message: str) -> str:
    """What an error in the log is about: the call that went without answer, or what went wrong where."""
    if operation := _OPERATION.search(message):
        return operation[1]
    kind = _KIND.search(message)
    return f"{module} {kind[1] if kind else message[:80]}"

"""Every rule there is: the promised settings, and what the doctor looks at beside them."""

from collections.abc import Mapping

from blueprint.promise.rule import Rule
from blueprint.promise.rules import RULES as PROMISED

_PAGES = {
    "S3": "s3-controls",
    "KMS": "kms-controls",
    "DynamoDB": "dynamodb-controls",
    "IAM": "iam-controls",
    "CloudTrail": "cloudtrail-controls",
    "CloudWatch": "cloudwatch-controls",
}
_SECURITY_HUB = "https://docs.aws.amazon.com/securityhub/latest/userguide"

CONTENTS: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(id="state.unreadable", title="Every state can be read"),
        Rule(id="state.digest", title="Every state is the one that the lock table remembers"),
        Rule(id="state.deleted", title="No state that the stack expects was deleted"),
        Rule(id="state.unreplicated", title="Every state is in the second region too"),
        Rule(id="state.unexpected", title="Every state is one that the stack expects"),
        Rule(id="object.unexpected", title="The bucket holds states and lockfiles alone"),
        Rule(id="lock.old", title="No lock is held for longer than a day"),
        Rule(id="lock.stray", title="Every lock is on a state"),
        Rule(id="digest.stray", title="Every digest is of a state"),
    )
}
"""What is looked at in the bucket and in the lock table."""

FAILOVERS: Mapping[str, Rule] = {
    rule.id: rule for rule in (Rule(id="failover.settled", title="Every state has one region that writes it"),)
}
"""What is looked at in the record of failovers."""

PROBES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(id="probe.lock", title="A lock can be taken"),
        Rule(id="probe.exclusive", title="A lock that is held cannot be taken again"),
        Rule(id="probe.overwrite", title="A lockfile cannot be overwritten"),
        Rule(id="probe.digest", title="A digest can be written, read and deleted"),
        Rule(id="probe.free", title="A lock can be freed"),
    )
}
"""What ``--probe`` tries."""

RULES: Mapping[str, Rule] = {**PROMISED, **CONTENTS, **FAILOVERS, **PROBES}
"""All of them, by id."""


def help_page(rule: Rule) -> str | None:
    """The page on the rule's control in Security Hub, where it has one."""
    for control in rule.controls:
        service, _, number = control.partition(".")
        if service in _PAGES and number.isdigit():
            return f"{_SECURITY_HUB}/{_PAGES[service]}.html#{service.lower()}-{number}"
    return None

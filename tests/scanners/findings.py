"""What a scanner finds, and what of it is accepted: the two must be the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ACCEPTED = Path(__file__).parent / "accepted.yaml"


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One check that one resource did not pass.

    :param check: the scanner's id of it.
    :param resource: the resource's name in the Pulumi program.
    """

    check: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one run of a scanner said.

    :param findings: what did not pass, with the scanner's words.
    :param looked_at: the names of the resources that it judged at all, by check.
    :param unanswered: what it asked and got no answer to, so that a check may have passed for want of facts.
    """

    findings: dict[Finding, str]
    looked_at: dict[str, set[str]]
    unanswered: set[str]

    @property
    def resources(self) -> set[str]:
        """The names of all resources that some check judged."""
        return set().union(*self.looked_at.values())


def accepted(tool: str, path: Path = ACCEPTED) -> set[Finding]:
    """The findings of a scanner that are accepted, each for a reason."""
    found: set[Finding] = set()
    for entry in _entries(path, "accepted"):
        if tool not in entry["checks"]:
            continue
        for resource in entry["resources"]:
            finding = Finding(check=entry["checks"][tool], resource=resource)
            assert finding not in found, f"{finding} is accepted twice"
            found.add(finding)
    return found


def unanswered(tool: str, path: Path = ACCEPTED) -> set[str]:
    """What a scanner asks in vain, each for a reason."""
    return {asked for entry in _entries(path, "unanswered") if entry["tool"] == tool for asked in entry["asked"]}


def difference(found: dict[Finding, str], allowed: Iterable[Finding]) -> list[str]:
    """Every finding that nobody accepted, and everything accepted that is not found any more."""
    allowed = set(allowed)
    return [
        *(f"new: {at.check} on {at.resource}: {found[at]}" for at in sorted(found.keys() - allowed)),
        *(f"no longer found: {at.check} on {at.resource}" for at in sorted(allowed - found.keys())),
    ]


def _entries(path: Path, section: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(path.read_text())[section]
    for entry in entries:
        assert entry["reason"].strip(), f"{entry} gives no reason"
    return entries

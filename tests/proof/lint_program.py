"""Parliament reads policies: JSON in, JSON out. Runs in the environment of its own, by its path.

In: policies by title; out: for each title what it finds, as issue, the Sid where it says one, and its words.
"""

import importlib
import json
import sys
from typing import Any


def main() -> None:
    """Read all of them."""
    parliament: Any = importlib.import_module("parliament")
    found = {}
    for title, document in json.load(sys.stdin).items():
        read = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True)
        found[title] = [_said(finding) for finding in read.findings]
    json.dump(found, sys.stdout)


def _said(finding: Any) -> dict[str, str]:
    return {
        "issue": finding.issue,
        "detail": json.dumps(finding.detail, default=str),
        "location": json.dumps(finding.location, default=str),
    }


if __name__ == "__main__":
    main()

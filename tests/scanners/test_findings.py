"""The list of accepted findings, and the tools themselves: what is not as it should be is told."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from localcloud.failure import Failure
from localcloud.steps import Steps
from tests import tools
from tests.scanners.findings import Finding, accepted, difference

CHECKOV = Path(__file__).with_name("requirements-checkov.txt")
KNOWN = Finding(check="CHECK_1", resource="bucket")
OTHER = Finding(check="CHECK_1", resource="other-bucket")


def test_a_finding_that_nobody_accepted_is_told_with_the_scanners_words() -> None:
    assert difference({KNOWN: "is open", OTHER: "is open"}, {KNOWN}) == ["new: CHECK_1 on other-bucket: is open"]


def test_an_accepted_finding_that_is_gone_is_told() -> None:
    assert difference({}, {KNOWN}) == ["no longer found: CHECK_1 on bucket"]


def test_a_finding_is_accepted_for_a_reason_and_once(tmp_path: Path) -> None:
    entry = "- {checks: {prowler: CHECK_1}, resources: [bucket], reason: 'Because.'}\n"
    listed = tmp_path / "accepted.yaml"
    listed.write_text(f"accepted:\n{entry}")
    assert accepted("prowler", listed) == {KNOWN}
    assert accepted("checkov", listed) == set()
    listed.write_text(f"accepted:\n{entry}{entry}")
    with pytest.raises(AssertionError, match="accepted twice"):
        accepted("prowler", listed)
    listed.write_text(f"accepted:\n{entry.replace('Because.', ' ')}")
    with pytest.raises(AssertionError, match="gives no reason"):
        accepted("prowler", listed)


def test_no_network_is_one_line_and_the_next_try_starts_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(Failure) as failure:
        tools.obtain(CHECKOV, Steps(Console(file=io.StringIO())), folder=tmp_path)
    assert str(failure.value) == (
        "pip could not install the pinned checkov. "
        "The packages could not be fetched: mend the network, or name a mirror in PIP_INDEX_URL."
    )
    assert not (tmp_path / "checkov" / "installed").exists()

"""Workspaces: for entries that use them, within their own states."""

from localcloud.leash import Finished
from localcloud.terraform import Workdir
from tests.access.stack import Stack, apply, denied


def workspace(here: Workdir, *arguments: str) -> Finished:
    return here.run(["workspace", *arguments])


def listed(here: Workdir) -> list[str]:
    """The workspaces, the selected one with a star; beside them stands a warning where there is a lock table."""
    lines = (line.strip() for line in here.do(["workspace", "list"]).splitlines())
    return [line for line in lines if line.removeprefix("* ") in ("default", "feature")]


def test_an_entry_that_uses_workspaces_makes_applies_lists_and_deletes_them(stack: Stack) -> None:
    here = stack.entry("branches").on("dev/network")
    here.do(apply("by default", "-auto-approve"))
    here.do(["workspace", "new", "feature"])
    here.do(apply("of the feature", "-auto-approve"))
    assert listed(here) == ["default", "* feature"]
    assert here.outputs()["content"] == "of the feature"
    here.do(["workspace", "select", "default"])
    assert here.outputs()["content"] == "by default"
    here.do(["workspace", "delete", "-force", "feature"])
    assert listed(here) == ["* default"]


def test_a_reader_reads_workspaces_and_neither_makes_nor_writes_nor_deletes_them(any_stack: Stack) -> None:
    writing = any_stack.entry("branches").on("dev/network")
    writing.do(["workspace", "new", "feature"])
    writing.do(apply("of the feature", "-auto-approve"))
    reading = any_stack.entry("branch-reader").on("dev/network")
    reading.do(["workspace", "select", "feature"])
    assert reading.outputs()["content"] == "of the feature"
    assert denied(reading.run(apply("theirs", "-auto-approve", "-lock=false")))
    assert denied(workspace(reading, "new", "theirs"))
    reading.do(["workspace", "select", "default"])
    assert denied(workspace(reading, "delete", "-force", "-lock=false", "feature"))
    assert writing.outputs()["content"] == "of the feature"
    writing.do(["workspace", "select", "default"])
    writing.do(["workspace", "delete", "-force", "feature"])


def test_an_entry_without_workspaces_makes_none(any_stack: Stack) -> None:
    here = any_stack.entry("writer").on("prod/network")
    made = workspace(here, "new", "feature")
    assert denied(made)
    assert workspace(here, "show").stdout.strip() == "default"


def test_a_workspace_of_another_state_is_as_far_away_as_the_state(any_stack: Stack) -> None:
    here, _ = any_stack.entry("branches").try_init("prod/network")
    made = workspace(here, "new", "sneaky")
    assert denied(made)

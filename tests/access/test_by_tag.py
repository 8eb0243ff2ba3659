"""The role that grants by tag: whoever becomes it reaches the state that its own tags name."""

from tests.access.stack import Stack, apply
from tests.access.test_entries import is_refused


def test_a_principal_reaches_the_state_that_its_tags_name_and_no_other(any_stack: Stack) -> None:
    who = any_stack.tagged(("prod", "cache"))
    here = who.on("prod/cache")
    here.do(apply("by tag", "-auto-approve"))
    assert here.outputs()["content"] == "by tag"
    assert is_refused(who, "prod/network")
    assert is_refused(any_stack.tagged(("prod", "network")), "prod/cache")


def test_nobody_passes_on_tags_that_it_does_not_carry(any_stack: Stack) -> None:
    _, finished = any_stack.tagged(("prod", "cache"), asks=("prod", "network")).try_init("prod/network")
    assert "Cannot assume IAM Role" in finished.stderr
    untagged = any_stack.tagged(("prod", "cache"))
    del untagged.become["assume_role"]["tags"]
    _, finished = untagged.try_init("prod/cache")
    assert "Cannot assume IAM Role" in finished.stderr

"""A restore or a break that is killed at any of its calls leaves the old or the new, and a way on."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from localcloud.terraform import Workdir
from settings.model import Lock
from statectl.exit_code import ExitCode
from statefile.keys import lock_id, lockfile_key
from tests.access.stack import apply
from tests.faults.call import Call
from tests.faults.proxy import Proxy
from tests.statectl.stack import Stack

KEY = "dev/killed/terraform.tfstate"
RESTORE = ["versions", "restore", KEY, "latest-1", "--yes"]
BREAK = ["locks", "break", KEY, "stuck", "--reason", "campaign", "--yes"]


def killed_at(stack: Stack, number: int, command: Sequence[str], *, done: bool) -> bool:
    """Run a command that is killed at its so-manieth call; whether it came so far.

    :param done: whether AWS has done by then what that call asks for.
    """
    seen = 0
    victim: list[subprocess.Popen[str]] = []

    def kill(_: Call) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(victim[0].pid, signal.SIGKILL)

    hooks: dict[str, Any] = {"afterwards" if done else "rule": kill}
    with Proxy(stack.deployment.emulator, **hooks) as proxy:
        operator = stack.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint)
        victim.append(operator.start(*command))
        _, said = victim[0].communicate(timeout=120)
    killed = victim[0].returncode == -signal.SIGKILL
    assert killed or victim[0].returncode == ExitCode.FINE, said
    return killed


def every_call(request: pytest.FixtureRequest) -> Iterator[tuple[int, bool]]:
    """The calls to be killed at, before and after; a few of the first without ``--soak``."""
    step = 1 if request.config.getoption("--soak") else 5
    for number in range(1, 100, step):
        for done in (False, True):
            yield number, done


@pytest.fixture
def stack(lock: Lock, stack_of: Callable[[Lock], Stack]) -> Stack:
    """A stack of each kind of lock that the campaign runs on."""
    return stack_of(lock)


@pytest.fixture
def here(stack: Stack) -> Workdir:
    """Terraform, after two applies."""
    terraform = stack.terraform(KEY)
    terraform.do(apply("old", "-auto-approve"))
    terraform.do(apply("new", "-auto-approve"))
    return terraform


def test_a_killed_restore_leaves_the_old_or_the_new_and_is_resumed(
    stack: Stack, here: Workdir, request: pytest.FixtureRequest
) -> None:
    operator = stack.operator()
    for number, done in every_call(request):
        before = operator.json("states", "show", KEY)["state"]
        if not killed_at(stack, number, RESTORE, done=done):
            break
        left = operator.json("states", "show", KEY)
        assert left["state"]["problem"] is None
        assert left["state"]["serial"] in {before["serial"], before["serial"] + 1}
        for lock in left["locks"]:
            assert lock["operation"] == "statectl versions restore"
            refused = operator.run(*RESTORE)
            assert refused.code == ExitCode.LOCKED
            assert f"--resume {lock['id']}" in refused.err
            operator.do("versions", "restore", KEY, "--resume", lock["id"], "--yes")
        after = operator.json("states", "show", KEY)
        assert after["locks"] == []
        assert after["state"]["digest"] in {"matches", "none"}
        wrote = bool(left["locks"]) or left["state"]["serial"] > before["serial"]
        assert after["state"]["serial"] == before["serial"] + wrote
    else:
        raise AssertionError("the command never came to its end")
    assert number > 1
    assert here.outputs()["content"] in {"old", "new"}
    here.do(apply("goes on", "-auto-approve"))


def test_a_killed_break_leaves_the_lock_or_half_of_it_and_is_repeated(
    stack: Stack, here: Workdir, request: pytest.FixtureRequest
) -> None:
    operator = stack.operator()
    for number, done in every_call(request):
        take(stack)
        if not killed_at(stack, number, BREAK, done=done):
            break
        if operator.run("locks", "show", KEY).code == ExitCode.LOCKED:
            operator.do(*BREAK)
        assert operator.json("locks", "show", KEY) == []
    else:
        raise AssertionError("the command never came to its end")
    assert number > 1
    here.do(apply("goes on", "-auto-approve"))


def take(stack: Stack) -> None:
    """A lock that somebody left, in each place that the stack uses."""
    text = '{"ID":"stuck","Operation":"OperationTypeApply","Who":"gone@host"}'
    if stack.lock.uses_lockfile:
        stack.s3().put_object(Bucket=stack.bucket, Key=lockfile_key(KEY), Body=text.encode(), IfNoneMatch="*")
    if stack.lock.uses_table:
        item = {"LockID": {"S": lock_id(stack.bucket, KEY)}, "Info": {"S": text}}
        stack.dynamodb().put_item(TableName=stack.table, Item=item)

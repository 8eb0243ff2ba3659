"""What goes wrong on the way to AWS is repeated where that helps, and told in one line where it does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from statectl.exit_code import ExitCode
from statefile.keys import lockfile_key
from tests.access.stack import apply
from tests.faults.call import Call
from tests.faults.fault import EXPIRED, INTERNAL, SLOW_DOWN, THROTTLED, Break, Fault, Refusal
from tests.faults.proxy import Proxy
from tests.statectl.operator import Operator, Outcome
from tests.statectl.stack import Stack

KEY = "dev/faulty/terraform.tfstate"
READING = [
    ["states", "ls", "dev/", "--json"],
    ["states", "show", KEY, "--json"],
    ["versions", "ls", KEY, "--json"],
    ["versions", "diff", KEY, "--json"],
    ["locks", "ls", "--json"],
    ["recover", KEY],
]


@pytest.fixture(scope="module")
def applied(both: Stack) -> Stack:
    """The stack with a state that was applied twice."""
    here = both.terraform(KEY)
    here.do(apply("first", "-auto-approve"))
    here.do(apply("second", "-auto-approve"))
    return both


class NotAws(Refusal):
    """The login page of a network that stands in between."""

    def __init__(self) -> None:
        super().__init__(200, "")

    def body(self, call: Call) -> tuple[str, bytes]:
        return "text/html", b"<html>Enter your password"


@contextmanager
def behind(
    stack: Stack, rule: Callable[[Call], Fault | None], **variables: str
) -> Iterator[tuple[Operator, Proxy]]:
    """An operator whose requests go past a rule."""
    with Proxy(stack.deployment.emulator, rule=rule) as proxy:
        yield stack.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint, **variables), proxy


def once(fault: Fault, met: set[tuple[str, str]] | None = None) -> Callable[[Call], Fault | None]:
    """A rule by which each request meets the fault the first time, and never again.

    :param met: takes what has met it.
    """
    met = set() if met is None else met

    def rule(call: Call) -> Fault | None:
        if call.service == "sts":
            return None
        name = (str(call), repr(sorted(call.query.items())) + repr(call.body))
        if name in met:
            return None
        met.add(name)
        return fault

    return rule


@pytest.mark.parametrize("fault", [SLOW_DOWN, Break.BEFORE, Break.MIDWAY])
def test_a_fault_that_passes_changes_no_answer(applied: Stack, fault: Fault) -> None:
    for command in READING:
        expected = applied.operator().run(*command)
        met: set[tuple[str, str]] = set()
        with behind(applied, once(fault, met)) as (operator, _):
            outcome = operator.run(*command)
        assert (outcome.code, outcome.out) == (expected.code, expected.out), (command, outcome.err)
        assert met


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (INTERNAL, ExitCode.FAILED, "AWS answered InternalError"),
        (SLOW_DOWN, ExitCode.FAILED, "AWS is throttling (SlowDown)"),
        (THROTTLED, ExitCode.FAILED, "AWS is throttling (ThrottlingException)"),
        (Break.BEFORE, ExitCode.FAILED, "AWS was not reached"),
        (EXPIRED, ExitCode.DENIED, "the credentials have expired"),
    ],
)
def test_a_fault_that_stays_is_one_line_with_its_cause_and_the_next_step(
    applied: Stack, fault: Fault, code: ExitCode, said: str
) -> None:
    for command in (*READING[:3], ["versions", "restore", KEY, "latest-1", "--yes"]):
        with behind(applied, lambda _: fault, AWS_MAX_ATTEMPTS="1") as (operator, _):
            outcome = operator.run(*command)
        assert (outcome.code, outcome.out.strip("[\n]")) == (code, "")
        last = outcome.err.splitlines()[-1]
        assert said in last
        assert "Next: " in last


def test_an_answer_that_is_not_aws_is_one_line_without_the_answer(applied: Stack) -> None:
    def login_page(_: Call) -> Fault:
        return NotAws()

    with behind(applied, login_page, AWS_MAX_ATTEMPTS="1") as (operator, _):
        outcome = operator.run("states", "ls")
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    assert "something that is not AWS answered" in outcome.err
    assert "password" not in outcome.err


def test_a_bucket_that_is_not_there_or_in_another_region_is_told_apart_from_an_empty_one(applied: Stack) -> None:
    operator = applied.operator().with_variables(STATECTL_STACK="")
    missing = operator.run("states", "ls", "--bucket", "no-such-bucket-of-anybody", "--region", "eu-central-1")
    assert (missing.code, "there is no such bucket" in missing.err) == (ExitCode.FAILED, True)

    def elsewhere(call: Call) -> Fault | None:
        # boto3 asks for the bucket's region by HEAD, and follows it once.
        return Refusal(301, "PermanentRedirect") if call.operation == "GET" else None

    with behind(applied, elsewhere) as (somebody, _):
        lost = somebody.with_variables(STATECTL_STACK="").run(
            "states", "ls", "--bucket", applied.bucket, "--region", "eu-west-3"
        )
    assert lost.code == ExitCode.FAILED
    assert "is in another region" in lost.err
    assert "Next: name the bucket's own --region" in lost.err
    where = ["--bucket", applied.bucket, "--region", "eu-west-3", "--table", applied.table]
    tableless = operator.run("locks", "ls", *where)
    assert (tableless.code, "a table belongs to one region" in tableless.err) == (ExitCode.FAILED, True)


def test_nobody_there_is_one_line_too(applied: Stack) -> None:
    nowhere = applied.operator().with_variables(AWS_ENDPOINT_URL="https://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    outcome = nowhere.run("states", "ls")
    assert (outcome.code, "AWS was not reached" in outcome.err) == (ExitCode.FAILED, True)


@pytest.mark.parametrize("fault", [INTERNAL, Break.BEFORE, Break.AFTER])
def test_a_restore_whose_every_call_fails_once_writes_one_version_and_leaves_no_lock(
    applied: Stack, fault: Fault
) -> None:
    before = applied.operator().json("versions", "ls", KEY)
    with behind(applied, once(fault)) as (operator, _):
        operator.do("versions", "restore", KEY, "latest-1", "--yes")
    after = applied.operator().json("versions", "ls", KEY)
    assert len(after) == len(before) + 1
    assert after[0]["serial"] == before[0]["serial"] + 1
    assert applied.operator().json("locks", "ls") == []
    assert applied.operator().do("recover", KEY).code == ExitCode.FINE


@pytest.mark.parametrize("fault", [INTERNAL, Break.BEFORE, Break.AFTER])
def test_a_break_whose_every_call_fails_once_breaks_the_lock(applied: Stack, fault: Fault) -> None:
    body = b'{"ID":"stuck"}'
    applied.s3().put_object(Bucket=applied.bucket, Key=lockfile_key(KEY), Body=body, IfNoneMatch="*")
    with behind(applied, once(fault)) as (operator, _):
        operator.do("locks", "break", KEY, "stuck", "--reason", "tests", "--yes")
    assert applied.operator().json("locks", "ls") == []


def test_a_lock_that_is_newer_by_the_time_of_deletion_survives(applied: Stack) -> None:
    s3 = applied.s3()
    lockfile = {"Bucket": applied.bucket, "Key": lockfile_key(KEY)}
    s3.put_object(**lockfile, Body=b'{"ID":"older"}', IfNoneMatch="*")

    def rule(call: Call) -> None:
        if call.operation == "DELETE" and call.path.endswith(".tflock"):
            s3.delete_object(**lockfile)
            s3.put_object(**lockfile, Body=b'{"ID":"newer"}', IfNoneMatch="*")

    with behind(applied, rule) as (operator, _):
        outcome = operator.run("locks", "break", KEY, "older", "--reason", "tests", "--yes")
    assert outcome.code == ExitCode.LOCKED
    assert outcome.out == ""
    (held,) = applied.operator().json("locks", "ls")
    assert held["id"] == "newer"
    applied.operator().do("locks", "break", KEY, "newer", "--reason", "tests", "--yes")


def test_a_state_that_is_written_between_look_and_lock_is_not_overwritten(applied: Stack) -> None:
    here = applied.terraform(KEY)
    written: list[str] = []

    def rule(call: Call) -> None:
        if call.operation == "PUT" and call.path.endswith(".tflock") and not written:
            written.append(here.do(apply("faster", "-auto-approve")))

    with behind(applied, rule) as (operator, _):
        outcome = operator.run("versions", "restore", KEY, "latest-1", "--yes")
    assert outcome.code == ExitCode.LOCKED
    assert "was written meanwhile" in outcome.err
    assert here.outputs()["content"] == "faster"
    assert applied.operator().json("locks", "ls") == []


def test_of_two_operators_one_restores_and_the_other_is_told(applied: Stack) -> None:
    second: list[Outcome] = []

    def rule(call: Call) -> None:
        # The first holds the lock and is about to write.
        if call.operation == "PUT" and call.path.endswith("terraform.tfstate") and not second:
            second.append(applied.operator().run("versions", "restore", KEY, "latest-2", "--yes"))

    with behind(applied, rule) as (operator, _):
        operator.do("versions", "restore", KEY, "latest-1", "--yes")
    (told,) = second
    assert told.code == ExitCode.LOCKED
    assert "statectl versions restore" in told.err

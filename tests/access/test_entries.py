"""What each kind of access entry lets real Terraform do, and what it is refused with 403."""

from localcloud import locking
from localcloud.terraform import Workdir
from tests.access.conftest import CONTENT
from tests.access.stack import Somebody, Stack, apply, denied

LOCK = "Error acquiring the state lock"


def unlocked(*more: str) -> list[str]:
    return apply("theirs", "-auto-approve", "-lock=false", *more)


def content(here: Workdir) -> str:
    return str(here.outputs()["content"])


def is_refused(who: Somebody, state: str) -> bool:
    """Whether a state is shut to somebody in every way that Terraform tries."""
    here, initialised = who.try_init(state)
    attempts = (unlocked(), apply("theirs", "-auto-approve"))
    return all(map(denied, (initialised, who.read_remotely(state), *map(here.run, attempts))))


def test_a_writer_plans_applies_and_destroys(stack: Stack) -> None:
    here = stack.entry("writer").on("prod/queue")
    assert "1 to add" in here.do(["plan", "-no-color"])
    here.do(apply("first", "-auto-approve"))
    here.do(apply("second", "-auto-approve"))
    assert content(here) == "second"
    assert here.run(["plan", "-no-color", "-detailed-exitcode", "-var=content=second"]).exit_code == 0
    here.do(["destroy", "-no-color", "-auto-approve"])
    assert here.state()["resources"] == []


def test_a_writers_lock_keeps_a_second_apply_out_and_gives_way_to_a_forced_unlock(stack: Stack) -> None:
    here = stack.entry("writer").on("prod/queue")
    changing = apply("held")
    with locking.holding(here, changing) as first:
        locking.refusal(here, changing)
        first.approve()
    assert content(here) == "held"
    with locking.holding(here, apply("lost")) as first:
        first.crash()
    holder = locking.refusal(here, apply("next"))
    locking.unlock(here, holder)
    here.do(apply("next", "-auto-approve"))
    assert content(here) == "next"


def test_a_reader_reads_and_plans_without_a_lock(stack: Stack) -> None:
    reader = stack.entry("reader")
    here = reader.on("prod/network")
    assert content(here) == CONTENT
    assert "1 to change" in here.do(["plan", "-no-color", "-lock=false", "-var=content=other"])
    assert f'"{CONTENT}"' in reader.read_remotely("prod/network").stdout


def test_a_reader_neither_locks_nor_writes(stack: Stack) -> None:
    here = stack.entry("reader").on("prod/network")
    locked = here.run(["plan", "-no-color"])
    assert LOCK in locked.stderr
    assert denied(locked)
    assert denied(here.run(unlocked()))
    assert content(stack.entry("writer").on("prod/network")) == CONTENT


def test_a_reader_breaks_nobodys_lock(any_stack: Stack) -> None:
    network = any_stack.entry("writer").on("prod/network")
    with locking.holding(network, apply("lost")) as first:
        first.crash()
    holder = locking.refusal(network, apply("lost"))
    reading = any_stack.entry("reader").on("prod/network")
    assert denied(reading.run(["force-unlock", "-no-color", "-force", holder.id]))
    locking.refusal(network, apply("lost"))
    locking.unlock(network, holder)


def test_reads_is_for_remote_state_and_not_for_writing(stack: Stack) -> None:
    neighbour = stack.entry("neighbour")
    assert f'"{CONTENT}"' in neighbour.read_remotely("prod/network").stdout
    here = neighbour.on("prod/network")
    assert denied(here.run(apply("theirs", "-auto-approve")))
    assert denied(here.run(unlocked()))
    assert content(stack.entry("writer").on("prod/network")) == CONTENT


def test_each_is_refused_its_neighbours_state(any_stack: Stack) -> None:
    any_stack.entry("neighbour").on("prod/database").do(apply("of the database", "-auto-approve"))
    any_stack.entry("branches").on("dev/network").do(apply("of dev", "-auto-approve"))
    assert is_refused(any_stack.entry("writer"), "prod/database")
    assert is_refused(any_stack.entry("reader"), "prod/database")
    assert is_refused(any_stack.entry("neighbour"), "dev/network")
    assert is_refused(any_stack.entry("branches"), "prod/network")
    assert is_refused(any_stack.direct(), "prod/network")


def test_a_pipeline_does_not_become_its_neighbours_role(any_stack: Stack) -> None:
    neighbour = any_stack.entry("neighbour")
    for credentials, become in (
        (any_stack.entry("writer").credentials, neighbour.become),
        (neighbour.credentials, {"assume_role": {**neighbour.become["assume_role"], "external_id": "a-guess"}}),
    ):
        _, finished = Somebody(any_stack, "impostor", credentials, become).try_init("prod/database")
        assert "Cannot assume IAM Role" in finished.stderr
        assert denied(finished)


def test_a_role_of_this_account_has_the_policy_itself(any_stack: Stack) -> None:
    here = any_stack.direct().on("prod/cache")
    here.do(apply("of the cache", "-auto-approve"))
    assert content(here) == "of the cache"


def test_the_account_that_is_checked_is_the_one_of_the_role(any_stack: Stack) -> None:
    writer = any_stack.entry("writer")
    arguments = writer.arguments("prod/network")
    assert arguments["allowed_account_ids"] == [any_stack.deployment.plan.settings.account_id]
    own_account = writer.read_remotely(
        "prod/network", allowed_account_ids=[writer.credentials["AWS_ACCESS_KEY_ID"]]
    )
    assert "AWS account ID not allowed" in own_account.stderr

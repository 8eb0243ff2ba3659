"""Runs a client through every row of the table, each on what the rows before have left."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docs.client_behaviour import INIT, SECOND, UNLOCK, Behaviour, Cell, Outcome, Tried
from localcloud.leash import Finished
from localcloud.locking import holding, refusal
from localcloud.terraform import Workdir
from settings.model import Lock
from tests.access.stack import apply
from tests.clients.stack import READER, Stack, init

NOT_KNOWN = "is not expected here"
FRAME = str.maketrans("│╷╵", "   ")
"""What Terraform draws around an error."""
BACKEND = 'terraform {\n  backend "s3" {}\n}\n'
"""The part of the configuration that says where the state is."""
NO_CHANGES = ("plan", "-no-color", "-detailed-exitcode")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came of a command, and all that it printed, in one line."""

    outcome: Outcome
    said: str

    @classmethod
    def of(cls, finished: Finished) -> "Seen":
        """Sort what a client did into works, refused and not known."""
        said = " ".join((finished.stdout + finished.stderr).translate(FRAME).split())
        if finished.exit_code == 0:
            return cls(outcome=Outcome.WORKS, said=said)
        return cls(outcome=Outcome.NOT_KNOWN if NOT_KNOWN in said else Outcome.REFUSED, said=said)

    def is_as(self, cell: Cell) -> bool:
        """Whether the table says the same."""
        return self.outcome is cell.outcome and cell.says in self.said


def behaviours(stack: Stack, tried: Tried) -> Iterator[tuple[Behaviour, Seen]]:
    """Every row for which the client needs no other one, on a state of its own."""
    state = tried.value.lower().replace(" ", "-")
    here = stack.workdir(tried, state)
    yield from _from_a_file(stack, here, tried, state)
    yield Behaviour.APPLY, _run(here, apply("of the table", "-auto-approve"))
    yield from _locking(here, Lock.DYNAMODB)
    yield from _workspaces(here)
    yield Behaviour.REMOTE_STATE, _remote_state(stack, tried, state, expected="held in the table")
    for lock, row in INIT.items():
        fresh = stack.workdir(tried, state, lock)
        stack.tell(fresh, tried, state, lock)
        yield row, _run(fresh, init())
    for lock, row in ((Lock.BOTH, Behaviour.TO_BOTH), (Lock.LOCKFILE, Behaviour.TO_LOCKFILE)):
        stack.tell(here, tried, state, lock)
        if lock is Lock.BOTH:
            yield Behaviour.CHANGED, _run(here, init())
        moved = _run(here, init("-reconfigure"))
        yield row, moved
        if moved.outcome is Outcome.WORKS:
            yield from _locking(here, lock)
        else:
            yield SECOND[lock], moved
            yield UNLOCK[lock], moved


def plan(here: Workdir) -> Seen:
    """What a client says of a state that it is to look at, beside others who do the same."""
    return _run(here, ["plan", "-no-color", "-lock=false"])


def second(holder: Workdir, comer: Workdir) -> Seen:
    """What becomes of one client's apply while another's holds its lock, which then ends in peace."""
    with holding(holder, apply("of the first")):
        return _run(comer, apply("of the second", "-auto-approve"))


def _run(here: Workdir, arguments: Sequence[str]) -> Seen:
    return Seen.of(here.run(arguments))


def _from_a_file(stack: Stack, here: Workdir, tried: Tried, state: str) -> Iterator[tuple[Behaviour, Seen]]:
    """A state that was kept in a file moves into the bucket, and nothing has changed."""
    main = here.configuration / "main.tf"
    whole = main.read_text()
    main.write_text(whole.replace(BACKEND, ""))
    here.do(["init", "-no-color"])
    here.do(apply("of the file", "-auto-approve"))
    assert "of the file" in (here.configuration / "terraform.tfstate").read_text()
    main.write_text(whole)
    stack.tell(here, tried, state, Lock.DYNAMODB)
    yield Behaviour.MIGRATE, _run(here, init("-migrate-state", "-force-copy"))
    yield Behaviour.PLAN, _run(here, [*NO_CHANGES, "-var=content=of the file"])


def _locking(here: Workdir, lock: Lock) -> Iterator[tuple[Behaviour, Seen]]:
    """An apply meets another, which then crashes; its lock is taken from it, and the next apply goes through."""
    content = "held in the table" if lock is Lock.DYNAMODB else f"held by {lock}"
    with holding(here, apply("of a crash")) as first:
        refused = here.run(apply(content, "-auto-approve"))
        yield SECOND[lock], Seen.of(refused)
        first.crash()
    holder = refusal(here, apply(content))
    taken = _run(here, ["force-unlock", "-no-color", "-force", holder.id])
    after = _run(here, apply(content, "-auto-approve"))
    yield UNLOCK[lock], taken if taken.outcome is not Outcome.WORKS else after


def _workspaces(here: Workdir) -> Iterator[tuple[Behaviour, Seen]]:
    """A workspace has a state of its own, is listed, and is gone when it is deleted."""
    steps = (
        ["workspace", "new", "-no-color", "feature"],
        apply("of the feature", "-auto-approve"),
        ["workspace", "select", "-no-color", "default"],
        ["workspace", "list", "-no-color"],
        ["workspace", "delete", "-no-color", "-force", "feature"],
        ["workspace", "list", "-no-color"],
    )
    seen = [_run(here, step) for step in steps]
    failed = next((step for step in seen if step.outcome is not Outcome.WORKS), None)
    assert failed or ("feature" in seen[3].said and "feature" not in seen[5].said), seen
    yield Behaviour.WORKSPACES, failed or seen[-1]


def _remote_state(stack: Stack, tried: Tried, state: str, *, expected: str) -> Seen:
    """Another configuration reads the state's output."""
    reader = stack.workdir(tried, state, "reader")
    shutil.copy(READER, reader.configuration / "main.tf")
    given = {"config": stack.arguments(tried, state, Lock.DYNAMODB)}
    (reader.configuration / "terraform.tfvars.json").write_text(json.dumps(given))
    reader.do(["init", "-no-color"])
    seen = _run(reader, ["plan", "-no-color"])
    assert seen.outcome is not Outcome.WORKS or expected in seen.said, seen
    return seen

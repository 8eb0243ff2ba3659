"""Prints every figure as it is taken, each beside what it is held against.

``python -m tests.bench [program] [statectl] [failover]``: all unless some are named.
"""

import sys

from rich.console import Console
from rich.table import Table

from tests.bench import engine_cost, failover_cost, policy_size, program_cost, proof_time, statectl_cost
from tests.bench.chain import longest_chain
from tests.bench.filled_backend import Size, filled_backend
from tests.unit.program import run_program, stack_config

SIZES = (Size(states=1_000, versions=10, locks=100), Size(states=10_000, versions=10, locks=1_000))
"""Two sizes, so that what grows can be seen."""
MOVED = (250, 1_000)
"""States of a failover, for the same reason."""


def main(names: list[str]) -> None:
    """Measure and print; nothing here passes or fails."""
    console = Console()
    if not names or "program" in names:
        _program(console)
    if not names or "statectl" in names:
        _statectl(console)
    if not names or "failover" in names:
        _failover(console)


def _statectl(console: Console) -> None:
    with console.status("the start of statectl, beside importing boto3"):
        start = statectl_cost.measure_start()
    ratio = start.help / start.boto3
    seconds = f"statectl --help: {start.help:.2f} s, import boto3: {start.boto3:.2f} s"
    console.print(f"{seconds}, ratio {ratio:.2f} (at most 1.2)")
    for size in SIZES:
        versions = size.states * size.versions
        title = f"statectl on {size.states:,} states, {versions:,} versions, {size.locks:,} locks"
        headings = ("command", "AWS calls", "least", "seconds", "AWS CLI in a loop", "ratio", "MB (at most 150)")
        table = Table(*headings, title=title, title_justify="left")
        with console.status(title) as status:

            def tell(done: int) -> None:
                status.update(f"{title}: {done:,} versions written")  # noqa: B023 (called while the loop is here)

            with filled_backend(size, tell) as backend:
                status.update(f"{title}: measuring")
                costs = statectl_cost.measure(backend)
        for cost in costs:
            table.add_row(
                cost.command,
                f"{cost.calls:,}",
                f"{cost.least:,}",
                f"{cost.seconds:.1f}",
                f"{cost.loop_seconds:,.1f}",
                f"{cost.seconds / cost.loop_seconds:.4f}",
                f"{cost.megabytes:.0f}",
            )
        console.print(table)


def _failover(console: Console) -> None:
    title = f"failover and failback, each AWS call {failover_cost.CALL_SECONDS * 1000:.0f} ms longer than here"
    headings = ("command", "states", "AWS calls", "least", "seconds", "MB (at most 150)")
    table = Table(*headings, title=title, title_justify="left")
    for states in MOVED:
        with console.status(title) as status:
            for cost in failover_cost.measure(states, lambda what: status.update(f"{title}: {what}")):
                figures = (f"{cost.calls:,}", f"{cost.least:,}", f"{cost.seconds:.1f}", f"{cost.megabytes:.0f}")
                table.add_row(cost.command, f"{cost.states:,}", *figures)
    console.print(table)
    console.print("Goal: 1,000 states within 60 seconds of `failover start`")


def _program(console: Console) -> None:
    table = Table("figure", "value", "beside", "ratio", title="stack prod", title_justify="left")
    recording = run_program(stack_config("prod"), stack="prod")
    chain = longest_chain(recording)
    table.add_row("longest chain of resources", str(len(chain)), f"{len(recording.resources)} resources", "")
    with console.status("the program under mocks, against its imports alone"):
        imports, program = program_cost.measure()
    table.add_row(
        "program, seconds",
        f"{program.seconds:.2f}",
        f"{imports.seconds:.2f} importing pulumi and the used classes",
        f"{program.seconds / imports.seconds:.2f} (at most 1.3)",
    )
    table.add_row(
        "program, MB",
        f"{program.megabytes:.0f}",
        f"{imports.megabytes:.0f} importing pulumi and the used classes",
        f"{program.megabytes / imports.megabytes:.2f} (at most 1.3)",
    )
    with console.status("up twice on the emulated AWS, then the same calls by boto3"):
        cost = engine_cost.measure()
    table.add_row(
        "second up, seconds",
        f"{cost.second_up:.1f}",
        f"{cost.first_up:.1f} first up",
        f"{cost.second_up / cost.first_up:.2f}",
    )
    table.add_row("AWS calls of the first up", str(cost.calls), f"{cost.second_calls} of the second", "")
    table.add_row(
        "first up, seconds",
        f"{cost.first_up:.1f}",
        f"{cost.replay:.1f} the same calls by boto3, one after another",
        f"{cost.first_up / cost.replay:.2f}",
    )
    console.print(table)
    console.print(_policies())
    with console.status("the whole proof of access"):
        seconds = proof_time.measure()
    console.print(f"The whole proof of access: {seconds:.0f} seconds (within 120 on two cores)")
    console.print(f"The longest chain: {' → '.join(chain)}")


def _policies() -> Table:
    """What access costs in IAM, an entry for each service or all by tag."""
    headings = (
        "services",
        "granted",
        "policies",
        "characters of all",
        "of the largest",
        "statements",
        "resources",
    )
    table = Table(*headings, title="access", title_justify="left")
    for count in (10, 100, 1000):
        for by_tag in (False, True):
            size = policy_size.measure(count, by_tag=by_tag)
            how = "by tag" if by_tag else "an entry each"
            figures = (size.policies, size.characters, size.largest, size.statements, size.resources)
            table.add_row(str(count), how, *(f"{figure:,}" for figure in figures))
    return table


if __name__ == "__main__":
    main(sys.argv[1:])

"""What a person sees of a scan and of a plan."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from statectl.output import print_one, print_rows, print_text
from statectl.text import counted

if TYPE_CHECKING:
    from statectl.adopt.change import SettingChange
    from statectl.adopt.configuration import OddKey
    from statectl.adopt.obstacle import Obstacle
    from statectl.adopt.planning import AdoptionPlan
    from statectl.adopt.scanning import FoundBackend

CELL = 60
"""Characters of a value that a table shows; JSON has all of it."""


def _short(text: str) -> str:
    return text if len(text) <= CELL else f"{text[: CELL - 3]}..."


def _states(found: "FoundBackend") -> str:
    return f"{found.states}{'' if found.whole else '+'}" if found.kind == "bucket" else ""


def _is(found: "FoundBackend") -> str:
    return f"replica of {found.replica_of}" if found.replica_of else str(found.kind)


FOUND: Mapping[str, Callable[["FoundBackend"], str]] = {
    "name": lambda found: found.name,
    "is": _is,
    "region": lambda found: found.region,
    "states": _states,
    "table": lambda found: found.table or "",
    "key": lambda found: (found.key or "").rsplit("/", 1)[-1],
    "replicates to": lambda found: ", ".join(found.replicates_to),
    "logs to": lambda found: found.logs_to or "",
    "differs": lambda found: f"{len(found.changes)} settings" if found.kind == "bucket" else "",
    "made by": lambda found: f"{found.maker.in_words} ({found.evidence})",
}
CHANGES: Mapping[str, Callable[["SettingChange"], str]] = {
    "resource": lambda change: change.resource,
    "setting": lambda change: f"{change.id}: {change.part}" if change.part else change.id,
    "found": lambda change: _short(change.found),
    "expected": lambda change: _short(change.expected),
}
_OBSTACLES: Mapping[str, Callable[["Obstacle"], str]] = {
    "about": lambda obstacle: obstacle.about,
    "problem": lambda obstacle: obstacle.problem,
    "instead": lambda obstacle: obstacle.instead,
}
_ODD: Mapping[str, Callable[["OddKey"], str]] = {"key": lambda odd: odd.key, "why": lambda odd: odd.why}


def print_plan(plan: "AdoptionPlan", *, written: bool) -> None:
    """The plan in the order in which one goes about it.

    :param written: whether the stack file was written, so that its text need not be shown.
    """
    print_one(
        plan,
        [
            ("bucket", f"{plan.bucket} in {plan.region}"),
            ("table", plan.table or "none"),
            ("key", plan.key or "none"),
            ("made by", f"{plan.maker.in_words} ({plan.evidence})"),
            ("stack file", plan.stack_file or "not named (--stack)"),
        ],
        as_json=False,
    )
    stopping = [one for one in plan.obstacles if one.blocks]
    beside = [one for one in plan.obstacles if not one.blocks]
    if stopping:
        _titled("In the way:")
        print_rows(stopping, _OBSTACLES, as_json=False)
    if beside:
        _titled("To know:")
        print_rows(beside, _OBSTACLES, as_json=False)
    if plan.odd_keys:
        _titled("States that the stack does not expect; they stay, or go to other keys by `statectl move key`:")
        print_rows(plan.odd_keys, _ODD, as_json=False)
    _changes(plan)
    if not plan.adopting:
        _titled("How whoever keeps it now lets go:")
        print_text("".join(f"- {line}\n" for line in plan.letting_go))
    if not written and not plan.adopting:
        _titled("The stack file:" if not plan.stack_file else f"{plan.stack_file} with --write:")
        print_text(plan.file)


def _changes(plan: "AdoptionPlan") -> None:
    now = [change for change in plan.changes if not change.kept]
    count = f"{counted(len(now), 'setting')}:" if now else "no setting."
    _titled(f"The {'next' if plan.adopting else 'first'} pulumi up changes {count}")
    print_rows(now, CHANGES, as_json=False)
    if not plan.keep:
        return
    _titled("Kept as found until it is switched on, one `pulumi up` each, in this order:")
    for number, name in enumerate(plan.keep, start=1):
        of = [change for change in plan.changes if change.keep == name]
        print_text(f"{number}. {name}\n")
        for change in of:
            part = f"{change.part}: " if change.part and not name.endswith(change.part) else ""
            print_text(f"   {part}{_short(change.found)} -> {_short(change.expected)}\n")
        for breaks, check in dict.fromkeys((change.breaks, change.check) for change in of):
            print_text(f"   breaks: {breaks}\n   check: {check}\n")
        if not of and name == "bucket.policy":
            print_text("   S3 takes no empty policy: it comes with the first statement below\n")
        elif not of:
            print_text("   is as the stack promises already\n")


def _titled(title: str) -> None:
    print_text(f"\n{title}\n")

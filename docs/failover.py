"""The parts of docs/failover.md that the code decides: what lives where, and what the bucket policies refuse."""

from pathlib import Path

from blueprint.backend import RegionalBackend, backend
from blueprint.regional_policy import regional_policy
from blueprint.standby import RECORD_PREFIX, STANDBY_SIDS, Activity, Standby
from settings.stack_file import load_stack_file

ROOT = Path(__file__).parents[1]
HOME, MOVED = Activity(), Activity(first=Standby(rest=True), second=Standby())


def picture() -> str:
    """Both regions of stack ``prod``, before and after a failover of everything, as a Mermaid diagram."""
    return "\n".join(
        [
            "```mermaid",
            "flowchart LR",
            *_day("before", "before a failover", HOME),
            *_day("after", "after a failover", MOVED),
            "```",
        ]
    )


def _day(day: str, title: str, activity: Activity) -> list[str]:
    plan = backend(load_stack_file(ROOT / "Pulumi.prod.yaml"), activity)
    if plan.replica is None:
        raise ValueError("stack prod has no second region")
    writer, other = ("first", "second") if activity is HOME else ("second", "first")
    return [
        f'  subgraph {day}["{title}"]',
        f"    {day}_pipelines([pipelines])",
        *_region(day, "first", plan.primary),
        *_region(day, "second", plan.replica),
        f"    {day}_pipelines -- write --> {day}_{writer}",
        f"    {day}_pipelines -. refused .-x {day}_{other}",
        *([f"    {day}_{writer} == replication ==> {day}_{other}"] if activity is HOME else []),
        "  end",
    ]


def _region(day: str, which: str, region: RegionalBackend) -> list[str]:
    plan = backend(load_stack_file(ROOT / "Pulumi.prod.yaml"))
    document = regional_policy(plan.settings, region, key_arn="key")
    refusals = [statement["Sid"] for statement in document["Statement"] if statement["Sid"] in STANDBY_SIDS]
    locks = [f"lock table {region.table.name}"] if region.table else []
    record = [f"record of failovers: {RECORD_PREFIX}"] if which == "second" else []
    inside = "<br>".join(
        [f"<b>{which} region: {region.region}</b>", region.bucket.name, *locks, *record, *refusals]
    )
    return [f'    {day}_{which}["{inside}"]']

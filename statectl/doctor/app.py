"""The command ``doctor``."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from blueprint.backend import backend
from blueprint.promise.rules import RULES as PROMISED
from statectl.app import new_app
from statectl.doctor.contents import Contents
from statectl.doctor.failover import Failovers
from statectl.doctor.finding import Examination, Finding, FindingKind, no_answer
from statectl.doctor.junit import to_junit
from statectl.doctor.probe import Probe
from statectl.doctor.report import Report
from statectl.doctor.rules import CONTENTS, PROBES, RULES
from statectl.doctor.sarif import to_sarif
from statectl.doctor.settings import Wanted, examine_settings
from statectl.exit_code import ExitCode
from statectl.options import JsonOption, on_backend
from statectl.output import print_rows, print_text
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import say

app = new_app()

CELL = 60
"""Characters of a value that a table shows; the other formats have all of it."""


class Format(StrEnum):
    """What the report is printed as."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"


def _short(text: str) -> str:
    return text if len(text) <= CELL else f"{text[: CELL - 3]}..."


def _severity(finding: Finding) -> str:
    return finding.severity if finding.kind is FindingKind.PROBLEM else finding.kind


COLUMNS = {
    "severity": _severity,
    "id": lambda finding: finding.id,
    "region": lambda finding: finding.region,
    "resource": lambda finding: finding.resource,
    "setting": lambda finding: finding.setting,
    "expected": lambda finding: _short(finding.expected),
    "found": lambda finding: _short(finding.found),
    "fix": lambda finding: finding.fix,
}


@app.command()
@on_backend
def doctor(
    session: Session,
    *,
    probe: Annotated[
        bool, typer.Option("--probe", help="Also take and free a real lock, on a key that no state has.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ID", help="Only ids that start so: bucket, state.digest. Repeatable."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print on standard output.")] = Format.TABLE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what --probe would do, and do the rest.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the live account with what the stack promises, and look at every state and lock.

    Ends with 3 where anything is not in order or could not be checked, and with 5 where AWS refused to answer
    anything at all. Needs --stack. Writes nothing, but for what --probe writes and takes away again.
    """
    wanted = _wanted(only or [], probe=probe)
    session.backend.promised()
    session.say_who_acts()
    examinations = list(_examinations(session, wanted, probe=probe, dry_run=dry_run))
    report = Report.of(session.backend.source, examinations)
    _print(report, Format.JSON if as_json else form)
    say(report.summary())
    kept = session.backend.promised().kept
    if kept:
        say(f"Not looked at, since adopt.keep leaves it as it was found: {', '.join(kept)}")
    failure = no_answer(examinations)
    if failure is not None:
        raise failure
    if report.findings:
        raise typer.Exit(ExitCode.FOUND)


def _wanted(prefixes: list[str], *, probe: bool) -> Wanted:
    asked = RULES if probe else [id_ for id_ in RULES if id_ not in PROBES]
    unknown = [prefix for prefix in prefixes if not any(id_.startswith(prefix) for id_ in asked)]
    if unknown:
        kinds = ", ".join(dict.fromkeys(id_.partition(".")[0] for id_ in asked))
        raise RefusalError(
            f"--only {unknown[0]}: no id starts so",
            next_step=f"use {kinds}{'' if probe else ', or probe with --probe'}",
            code=ExitCode.USAGE,
        )
    return lambda id_: not prefixes or id_.startswith(tuple(prefixes))


def _examinations(session: Session, wanted: Wanted, *, probe: bool, dry_run: bool) -> Iterator[Examination]:
    known, failovers = session.backend, Failovers(session)
    yield from failovers.examine(wanted)
    if any(map(wanted, PROMISED)):
        plan = backend(known.promised(), failovers.activity)
        settings = examine_settings(session.clients.of, plan, known.outputs, wanted)
        yield from watched(settings, "resources")
    if any(map(wanted, CONTENTS)):
        first, second = session.store, session.replica
        yield Contents(known, first, second, wanted, elsewhere=failovers.is_in_second).examine()
        if second is not None and not failovers.record.nothing_moved:
            yield Contents(known, second, first, wanted, elsewhere=failovers.is_in_first).examine()
    if probe and any(map(wanted, PROBES)):
        attempt = Probe(session.store)
        if dry_run:
            say(f"Would take and free the lock of {attempt.key}, and write and delete its digest.")
        else:
            yield attempt.examine()


def _print(report: Report, form: Format) -> None:
    if form is Format.JUNIT:
        print_text(to_junit(report))
    elif form is Format.SARIF:
        print_text(to_sarif(report))
    else:
        print_rows(report.findings, COLUMNS, as_json=form is Format.JSON)

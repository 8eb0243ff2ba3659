"""The commands on access."""

from collections.abc import Sequence
from typing import Annotated

import typer

from blueprint.evaluation.decision import Verdict
from blueprint.terraform_requests import Purpose
from statectl.access.answers import RequestAnswer
from statectl.access.checking import answers, overall
from statectl.access.live import read_live
from statectl.access.who import who_is
from statectl.access.whoami import who_am_i
from statectl.app import new_app
from statectl.exit_code import ExitCode
from statectl.options import JsonOption, KeyArgument, WorkspaceOption, on_backend
from statectl.output import print_one, print_rows
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import say

app = new_app(
    help="Ask whether a role may read, write and lock a state, and which statement decides.", no_args_is_help=True
)

As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="WHO",
        help="A role's name, an ARN of a role, session or user, an access entry of the stack, or me.",
    ),
]
Needs = Annotated[
    list[Purpose] | None,
    typer.Option(
        "--need", help="What has to be allowed, for the exit code; repeatable [default: read, write, lock]."
    ),
]
Given = Annotated[
    list[str] | None,
    typer.Option("--context", metavar="KEY=VALUE", help="The value of a condition key that you know; repeatable."),
]

_USUAL = (Purpose.READ, Purpose.WRITE, Purpose.LOCK)
_UNSEEN = (
    "Not seen, and able to deny more: the organisation's SCPs and RCPs, VPC endpoint policies, session policies."
)
_WORDS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "no", Verdict.DEPENDS: "depends", Verdict.UNKNOWN: "unknown"}
_VERBS = {
    Purpose.READ: "may read",
    Purpose.WRITE: "may write",
    Purpose.LOCK: "may lock",
    Purpose.WORKSPACES: "may list workspaces",
}
COLUMNS = {
    "for": lambda answer: answer.purpose,
    "action": lambda answer: answer.action,
    # Service, region and account are the action's and the backend's.
    "resource": lambda answer: answer.resource.split(":", 5)[-1],
    "verdict": lambda answer: answer.verdict,
    "decided by": lambda answer: answer.why,
}


@app.command("check")
@on_backend
def check(
    session: Session,
    state: KeyArgument = None,
    *,
    as_: As,
    need: Needs = None,
    workspace: WorkspaceOption = "default",
    context: Given = None,
    as_json: JsonOption = False,
) -> None:
    """Ask whether somebody may read, write and lock a state, by the live policies.

    Ends with 5 where any of it is denied, and with 3 where it hangs on what is not known.
    """
    given = _given(context or [])
    key = session.backend.state_key(state, workspace)
    who = who_is(as_, session)
    live = read_live(session.clients, session.backend, who)
    say(f"{live.who.principal.session or live.who.principal.arn} on {session.backend.location.bucket}/{key}")
    asked = need or list(Purpose)
    everything = answers(live, key, settings=session.backend.settings, given=given)
    found = [answer for answer in everything if answer.purpose in asked]
    print_rows(found, COLUMNS, as_json=as_json)
    say(_UNSEEN)
    for fix in dict.fromkeys(answer.fix for answer in found if answer.fix):
        say(f"To be allowed: {fix}.")
    if any(answer.missing for answer in found):
        say("To know: ask with credentials that may read the policies, as an administrator's may.")
    say("; ".join(_summary(found, purpose) for purpose in asked))
    verdicts = {overall(found, purpose) for purpose in need or _USUAL}
    if Verdict.DENIED in verdicts:
        raise typer.Exit(ExitCode.DENIED)
    if verdicts != {Verdict.ALLOWED}:
        raise typer.Exit(ExitCode.FOUND)


@app.command("whoami")
@on_backend
def whoami(session: Session, as_json: JsonOption = False) -> None:
    """Say whose credentials these are, and whether the bucket lets them in. Ends with 5 where it does not."""
    found = who_am_i(session)
    lines = [
        ("arn", found.arn),
        ("account", found.account_id),
        ("backend's account", found.backend_account_id or "unknown"),
        ("access entry", found.entry or "none"),
        ("named as", ", ".join(found.named_as) or "nothing"),
        ("bucket", "lets them in" if found.let_in else found.refusal),
    ]
    print_one(found, lines, as_json=as_json)
    if not found.let_in:
        raise typer.Exit(ExitCode.DENIED)


def _given(pairs: Sequence[str]) -> dict[str, str]:
    given = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or ":" not in key:
            raise RefusalError(
                f'"{pair}" is no condition key with its value',
                next_step="write KEY=VALUE, such as aws:MultiFactorAuthPresent=true",
                code=ExitCode.USAGE,
            )
        given[key] = value
    return given


def _summary(found: Sequence[RequestAnswer], purpose: Purpose) -> str:
    verdict = overall(found, purpose)
    line = f"{_VERBS[purpose]}: {_WORDS[verdict]}"
    if verdict is Verdict.ALLOWED:
        return line
    decisive = next(one for one in found if one.purpose is purpose and one.verdict is verdict)
    return f"{line} ({decisive.action}: {decisive.why})"

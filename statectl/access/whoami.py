"""Whose credentials these are, and whether the bucket lets them in, which is tried."""

from settings.arns import is_session_of, role_of
from settings.model import Settings
from statectl.access.answers import WhoAmI
from statectl.access.who import entry_of
from statectl.session import Session
from store.failures import DeniedError


def who_am_i(session: Session) -> WhoAmI:
    """Ask STS who they are, and the bucket for a list."""
    caller, settings = session.clients.caller, session.backend.settings
    entry = entry_of(role_of(caller.arn), settings)
    prefix = _folder(entry, settings)
    refusal = ""
    try:
        next(session.store.bucket.objects(prefix), None)
    except DeniedError as denied:
        refusal = str(denied)
    return WhoAmI(
        arn=caller.arn,
        account_id=caller.account_id,
        backend_account_id=session.backend.location.account_id,
        entry=entry,
        named_as=_named_as(caller.arn, settings) if settings else (),
        prefix=prefix,
        let_in=not refusal,
        refusal=refusal,
    )


def _named_as(arn: str, settings: Settings) -> tuple[str, ...]:
    operators, glass = settings.operators, settings.break_glass
    named = {
        "administrator": settings.administrators,
        "break-glass": glass.principals if glass else (),
        "reading operator": operators.readers if operators else (),
        "writing operator": operators.writers if operators else (),
    }
    return tuple(name for name, arns in named.items() if any(is_session_of(arn, one) for one in arns))


def _folder(entry: str | None, settings: Settings | None) -> str:
    """A folder that an access entry may list; the whole bucket for everybody else."""
    found = next((one for one in settings.access if one.name == entry), None) if settings else None
    return f"{found.states[0].removesuffix('/*')}/" if found else ""

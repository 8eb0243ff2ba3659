"""Whom a question about access is about: a role, a user, an access entry of the stack, or whoever asks."""

import re
from dataclasses import dataclass

from blueprint.access import Grant, grants
from blueprint.evaluation.principal import Principal, PrincipalKind
from settings.arns import account_in, kind_in, name_in, role_of
from settings.model import Settings
from settings.regions import partition_of
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.session import Session

ME = "me"
"""Whoever asks."""
_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_FORMS = "name a role, the ARN of a role, a user or a session, an access entry of the stack, or me"


@dataclass(frozen=True, kw_only=True)
class Who:
    """Whom it is about.

    :param principal: as policies see them; the ARN of a role that was named without one has no path yet.
    :param name: the role's or user's own name.
    :param whole: whether the principal's ARN was given as it is, path and all.
    :param entry: the name of the access entry that gives them what they have; ``None`` where none does.
    """

    principal: Principal
    name: str
    whole: bool
    entry: str | None


def who_is(text: str, session: Session) -> Who:
    """Whom a text means.

    :param text: ``me``, an access entry's name, a role's name, or the ARN of a role, user, session or root.
    :raises statectl.refusal.RefusalError: where it means nobody whose policies could be asked.
    """
    settings = session.backend.settings
    if text == ME:
        return _by_arn(session.clients.caller.arn, settings)
    if text.startswith("arn:"):
        return _by_arn(text, settings)
    grant = next((one for one in grants(settings) if one.name == text), None) if settings else None
    if grant is not None:
        return _of_entry(grant, settings)
    if not _NAME.fullmatch(text):
        raise RefusalError(f'"{text}" is nobody', next_step=_FORMS, code=ExitCode.USAGE)
    location = session.backend.location
    account = location.account_id or session.clients.caller.account_id
    return _role(f"arn:{partition_of(location.region).name}:iam::{account}:role/{text}", settings, whole=False)


def _of_entry(grant: Grant, settings: Settings | None) -> Who:
    if grant.role is None:
        named = ", ".join((*grant.attach_roles, *grant.attach_users))
        raise RefusalError(
            f"the access entry {grant.name} has no role of its own: its principals have its policy themselves",
            next_step=f"name one of them: {named}" if named else "name one of its principals",
            code=ExitCode.USAGE,
        )
    return _role(grant.role.arn, settings, whole=True)


def _by_arn(arn: str, settings: Settings | None) -> Who:
    if arn.count(":") < 5:
        raise RefusalError(f"{arn} is no ARN", next_step=_FORMS, code=ExitCode.USAGE)
    account, kind = account_in(arn), kind_in(arn)
    if kind == "role":
        return _role(arn, settings, whole=True)
    if kind == "assumed-role":
        return _role(role_of(arn), settings, whole=False, session=arn)
    if kind == "user":
        principal = Principal(kind=PrincipalKind.USER, arn=arn, account=account)
        return Who(principal=principal, name=name_in(arn), whole=True, entry=entry_of(arn, settings))
    if kind == "root":
        principal = Principal(kind=PrincipalKind.ROOT, arn=arn, account=account)
        return Who(principal=principal, name="root", whole=True, entry=None)
    raise RefusalError(f"{arn} is a {kind}, whose policies cannot be asked", next_step=_FORMS, code=ExitCode.USAGE)


def _role(arn: str, settings: Settings | None, *, whole: bool, session: str | None = None) -> Who:
    principal = Principal(kind=PrincipalKind.ROLE, arn=arn, account=account_in(arn), session=session)
    return Who(principal=principal, name=name_in(arn), whole=whole, entry=entry_of(arn, settings))


def entry_of(arn: str, settings: Settings | None) -> str | None:
    """The access entry that a role or user has its policy from; roles and users have unlike names each."""
    if settings is None or account_in(arn) != settings.account_id:
        return None
    name, is_user = name_in(arn), kind_in(arn) == "user"
    for grant in grants(settings):
        roles = (*grant.attach_roles, *([grant.role.name] if grant.role else ()))
        if name in (grant.attach_users if is_user else roles):
            return grant.name
    return None

"""Who asks, and whether the ``Principal`` of a resource's policy means them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from blueprint.evaluation.listed import listed
from blueprint.evaluation.truth import NO, YES, Need, Truth, Unseen, decided, some, undecided

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::(\d{12}):assumed-role/([^/]+)/[^/]+")


class PrincipalKind(StrEnum):
    """What a principal is, which decides whose policies count."""

    ROLE = "role"
    """A session of a role."""
    USER = "user"
    ROOT = "root"
    """The account's root user."""
    SERVICE = "service"
    """AWS itself, by a service principal: the resource's policy alone counts."""
    ISSUER = "issuer"
    """The bearer of a token, who asks to become a role: its trust policy alone counts."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks.

    :param kind: what it is.
    :param arn: a role's (not the session's: it is what ``aws:PrincipalArn`` holds), a user's, the root's; a
        service's name; the ARN of an issuer's provider.
    :param account: the account's twelve digits; empty for a service and an issuer.
    :param session: the ARN of the role's session; ``None`` where any session of the role is meant.
    """

    kind: PrincipalKind
    arn: str
    account: str = ""
    session: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """How a statement means a principal, which decides whether other policies have to allow as well.

    :param itself: by its own ARN or session, or as anybody: nothing else has to allow.
    :param role: by the role's ARN: a permissions boundary has to allow as well.
    :param account: by its account, which leaves the decision to its own policies.
    """

    itself: Truth = NO
    role: Truth = NO
    account: Truth = NO

    @property
    def somehow(self) -> Truth:
        """Whether the statement means the principal at all."""
        return some((self.itself, self.role, self.account))


ANYBODY = Named(itself=YES)


def named(element: Any, principal: Principal) -> Named:
    """How a ``Principal`` element means somebody.

    :raises ValueError: where it is none.
    """
    if element == "*":
        return ANYBODY
    if not isinstance(element, Mapping):
        raise ValueError(f"its Principal {element!r} is neither * nor an object")
    ways = list(_ways(element, principal))
    return Named(
        itself=some(way.itself for way in ways),
        role=some(way.role for way in ways),
        account=some(way.account for way in ways),
    )


def _ways(element: Mapping[str, Any], principal: Principal) -> Iterator[Named]:
    for kind, values in element.items():
        for value in listed(values):
            if kind == "AWS":
                yield _by_arn(value, principal)
            elif kind == "Service":
                yield Named(itself=decided(principal.kind is PrincipalKind.SERVICE and _same(value, principal)))
            elif kind == "Federated":
                yield _by_provider(value, principal)
            else:
                yield Named(itself=undecided(Unseen(why=f"nobody can say here who the {kind} {value} is")))


def _by_arn(value: str, principal: Principal) -> Named:
    if value == "*":
        return ANYBODY
    account = _ACCOUNT.fullmatch(value)
    if account:
        of_account = decided(account[1] == principal.account)
        is_root = principal.kind is PrincipalKind.ROOT
        return Named(itself=of_account) if is_root else Named(account=of_account)
    session = _SESSION.fullmatch(value)
    if session and principal.kind is PrincipalKind.ROLE:
        return Named(itself=_is_session(value, session, principal))
    equal = decided(value == principal.arn)
    return Named(role=equal) if principal.kind is PrincipalKind.ROLE else Named(itself=equal)


def _is_session(value: str, session: re.Match[str], principal: Principal) -> Truth:
    if (session[1], session[2]) != (principal.account, principal.arn.rsplit("/", 1)[-1]):
        return NO
    if principal.session is None:
        return undecided(Need(key="the session's own ARN", operator="ArnEquals", values=(value,)))
    return decided(value == principal.session)


def _by_provider(value: str, principal: Principal) -> Named:
    if principal.kind is PrincipalKind.ISSUER:
        return Named(itself=decided(value == principal.arn))
    if principal.kind is PrincipalKind.ROLE:
        # A session that came of a token or an assertion is its provider's too.
        return Named(itself=undecided(Need(key="aws:FederatedProvider", operator="StringEquals", values=(value,))))
    return Named()


def _same(name: str, principal: Principal) -> bool:
    return name.lower() == principal.arn.lower()

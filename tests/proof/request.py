"""A request as AWS sees it, and what an evaluator says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Context = Mapping[str, str | tuple[str, ...]]
"""Condition keys and their values; a tuple where a key has several."""


class Kind(StrEnum):
    """What a caller is, which decides whose policies count."""

    ROLE = "role"
    """A session of a role: its own policies count, and those of the resource."""
    SERVICE = "service"
    """AWS itself, by a service principal: the resource's policy alone counts."""
    ISSUER = "issuer"
    """The bearer of a token: the trust policy alone counts."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks.

    :param title: the name in the table.
    :param principal: the role's ARN (not the session's: it is what ``aws:PrincipalArn`` holds), the service
        principal, or the ARN of the issuer's provider.
    :param context: what the caller brings into every request: tags, the second factor, the claims of a token.
    :param own: the state that is the caller's.
    :param other: a state that is not.
    :param reads: a state that the caller may read beside its own, if there is one.
    """

    title: str
    principal: str
    kind: Kind = Kind.ROLE
    context: Context = field(default_factory=dict)
    own: str = "prod/network"
    other: str = "shared/observability"
    reads: str | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call of AWS.

    :param context: all condition keys of the request but ``aws:PrincipalArn``.
    :param moved: whether it comes after every state was failed over to the second region.
    """

    caller: Caller
    action: str
    resource: str
    context: Context
    moved: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What an evaluator says.

    :param sids: for an explicit denial the statements that deny, for an allowed request those that allow, the
        identity's first; none where no statement allows.
    """

    allowed: bool
    sids: tuple[str, ...] = ()

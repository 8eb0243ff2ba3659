"""Who may reach which state: the shape of ``access``, ``accessByTag``, ``operators``, ``administrators`` and
``breakGlass``.

What must hold between entries, and who would be let in by mistake, is checked in :mod:`settings.access_rules` and
:mod:`settings.operator_rules`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from settings.frozen import Frozen

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
PrincipalArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:role|user)/[\w+=,.@/-]+)$")]
"""A role, a user, or the root of an account; no wildcard."""
PolicyArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]+$")]
StatePattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+/(?:\*|[A-Za-z0-9._/-]+)$")]
"""``<environment>/<service>``, or ``<environment>/*`` for every service there."""
IssuerUrl = Annotated[str, Field(pattern=r"^https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/-]+)?$")]

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
GITLAB_ISSUER = "https://gitlab.com"
STS_AUDIENCE = "sts.amazonaws.com"
OPERATE_READ, OPERATE_READ_SETTINGS, OPERATE_WRITE = "operate-read", "operate-read-settings", "operate-write"
"""What the policies of operators are named for, where those of an entry are named for the entry."""

REPLICA_SUFFIX = "-replica"
"""What the policy of an entry for the second region ends with, beside the one for the first."""


class Mode(StrEnum):
    """What an entry may do with its states."""

    READ = "read"
    """Read them, take no lock: plans run with ``-lock=false``."""
    WRITE = "write"
    """Read, write and lock them."""


class OtherAccount(Frozen):
    """Another account, all of whose principals may become the entry's role if they know the external id."""

    id: AccountId
    external_id: Annotated[str, Field(min_length=8, max_length=1224, pattern=r"^[\w+=,.@:/-]+$")]


class GitHub(Frozen):
    """A GitHub Actions workflow: of one repository, on one branch, one tag or in one environment.

    Source: https://docs.github.com/en/actions/concepts/security/openid-connect
    """

    organisation: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
    branch: Annotated[str | None, Field(pattern=r"^[^*?\s]+$")] = None
    tag: Annotated[str | None, Field(pattern=r"^[^*?\s]+$")] = None
    environment: Annotated[str | None, Field(pattern=r"^[^*?]+$")] = None


class GitLab(Frozen):
    """A GitLab pipeline: of one project, on one branch or tag.

    Source: https://docs.gitlab.com/ci/cloud_services/aws/
    """

    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)+$")]
    ref: Annotated[str, Field(pattern=r"^[^*?\s]+$")]
    ref_type: Literal["branch", "tag"] = "branch"
    url: IssuerUrl = GITLAB_ISSUER


class Oidc(Frozen):
    """Any other issuer of OpenID Connect tokens, by the exact audience and subject of its tokens."""

    url: IssuerUrl
    audience: Annotated[str, Field(min_length=1, max_length=255)]
    subject: Annotated[str, Field(min_length=1, max_length=1000)]


class AccessEntry(Frozen):
    """One line of who may reach what."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?$")]
    """Part of the names of its policy and role."""
    states: Annotated[tuple[StatePattern, ...], Field(min_length=1)]
    """What it covers."""
    mode: Mode
    """``read`` or ``write``."""
    reads: tuple[StatePattern, ...] = ()
    """Further states that it may read, for ``terraform_remote_state``."""
    workspaces: bool = False
    """Whether it may use workspaces other than the default: Terraform then lists ``env:/``, which holds the
    names of everyone's workspaces."""
    principals: tuple[PrincipalArn, ...] = ()
    """Roles and users: of this account they get the policy itself, of others they may become the entry's role."""
    accounts: tuple[OtherAccount, ...] = ()
    github: tuple[GitHub, ...] = ()
    gitlab: tuple[GitLab, ...] = ()
    oidc: tuple[Oidc, ...] = ()
    token_file: Annotated[str | None, Field(pattern=r"^[\w./~-]+$")] = None
    """Where the pipelines keep their token, for Terraform to become the role with. Unset: they bring the role's
    credentials, or name role and file in ``AWS_ROLE_ARN`` and ``AWS_WEB_IDENTITY_TOKEN_FILE``."""
    session_hours: Annotated[int, Field(ge=1, le=12)] = 1
    """How long a session of the entry's role lasts at most."""


class AccessByTag(Frozen):
    """One role and one policy for any number of services: each reaches the state that its tags name."""

    principals: Annotated[tuple[PrincipalArn, ...], Field(min_length=1)]
    """Who may become the role, each only with the tags that it carries itself."""
    mode: Mode = Mode.WRITE
    session_hours: Annotated[int, Field(ge=1, le=12)] = 1


class Operators(Frozen):
    """Who may use ``statectl`` on the whole backend, in both regions: every state, every lock."""

    readers: tuple[PrincipalArn, ...] = ()
    """Who may look at states, versions, locks and settings."""
    writers: tuple[PrincipalArn, ...] = ()
    """Who may also restore states, and take and break locks; a writer reads as well."""


class BreakGlass(Frozen):
    """Who may delete versions, buckets and keys, with a second factor used lately."""

    principals: Annotated[tuple[PrincipalArn, ...], Field(min_length=1)]
    mfa_max_age_minutes: Annotated[int, Field(ge=5, le=720)] = 60
    """How long ago the second factor may have been used."""

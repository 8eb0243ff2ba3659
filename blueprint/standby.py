"""Which region writes which states, as the state buckets' policies say it and refuse the other.

A state is written in one region: the first, until ``statectl failover`` moves it to the second. In the other it
stands by: only replication and administrators write it there. S3 decides by these statements, so that a client
that knows nothing of a failover is refused as well. They are read back from the live policies, and so a
``pulumi up`` neither lifts a freeze nor keeps one.

Source of the actions of replication:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from blueprint.policy_document import Statement
from statefile.keys import LOCKFILE_SUFFIX, STATE_SUFFIX, lockfile_key, workspace_key

WRITES = "DenyWritesWhileStandby"
"""Refuses writes of states that the other region writes."""
UNLOCKS = "DenyUnlocksWhileStandby"
"""Keeps the lockfiles of such states, which say where to go, in the first region."""
REPLICAS = "DenyReplicasWhileActive"
"""Refuses what replication would still bring of states that this region writes."""
RECORD_PREFIX = ".statectl/failover/"
"""Where the second region's bucket has the record of failovers, which no standby keeps from being written."""
STANDBY_SIDS = frozenset({WRITES, UNLOCKS, REPLICAS})
"""All of them."""

_CHANGES = ("s3:DeleteObject", "s3:PutObject")
_REPLICATION = ("s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags")


class Home(StrEnum):
    """The two regions of a backend."""

    FIRST = "first"
    SECOND = "second"

    @property
    def other(self) -> "Home":
        """The region opposite."""
        return Home.SECOND if self is Home.FIRST else Home.FIRST


@dataclass(frozen=True, kw_only=True)
class Standby:
    """Which states stand by in one region.

    :param rest: whether all stand by but ``keys``; where not, ``keys`` alone do.
    :param keys: keys of states, each with its workspaces.
    :param exempt: ARNs of principals that write all the same, beside those that the stack trusts anyway.
    """

    rest: bool = False
    keys: frozenset[str] = frozenset()
    exempt: tuple[str, ...] = ()

    def holds(self, key: str) -> bool:
        """Whether the state at ``key``, a key of the default workspace, stands by."""
        return (key in self.keys) is not self.rest

    def is_of_the_same_states(self, other: "Standby") -> bool:
        """Whether the same states stand by, whoever writes them all the same."""
        return (self.rest, self.keys) == (other.rest, other.keys)

    def with_keys(self, keys: Sequence[str], *, standing_by: bool) -> "Standby":
        """The same, but for these states."""
        listed = standing_by is not self.rest
        changed = self.keys | frozenset(keys) if listed else self.keys - frozenset(keys)
        return Standby(rest=self.rest, keys=changed, exempt=self.exempt)

    def with_all(self, *, standing_by: bool) -> "Standby":
        """The same for every state there is and will be."""
        return Standby(rest=standing_by, exempt=self.exempt)


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What stands by in each region.

    :param first: in the first region: nothing, unless states were failed over.
    :param second: in the second region: everything, unless states were failed over.
    """

    first: Standby = Standby()
    second: Standby = Standby(rest=True)

    def of(self, home: Home) -> Standby:
        """What stands by in one of the regions."""
        return self.first if home is Home.FIRST else self.second


AT_HOME = Activity()
"""The first region writes every state."""


def standby_statements(
    bucket_arn: str,
    home: Home,
    standby: Standby,
    *,
    trusted: Sequence[str],
    takes_replicas: bool,
    fenced: Standby | None = None,
) -> list[Statement]:
    """The statements of one region's state bucket.

    In the first region lockfiles can still be asked for: a failover holds each, so that Terraform reads in it
    where the state went, and nobody deletes it. In the second nobody asks for any before a failover.

    :param trusted: ARNs of administrators and break-glass, who carry a failover out.
    :param takes_replicas: whether replication writes into this bucket.
    :param fenced: what will stand by once a move is over, whose replicas are refused already; as ``standby`` says
        where nothing is being moved.
    """
    then = standby if fenced is None else fenced
    but = sorted({*trusted, *standby.exempt})
    first = home is Home.FIRST
    statements: list[Statement] = []
    if standby.rest or standby.keys:
        statements.append(_deny(WRITES, _CHANGES, _states(bucket_arn, standby, first=first), but=but))
    if first and (standby.rest or standby.keys):
        statements.append(_deny(UNLOCKS, ("s3:DeleteObject",), _lockfiles(bucket_arn, standby), but=but))
    if takes_replicas and (then.keys or not then.rest):
        statements.append(_deny(REPLICAS, _REPLICATION, _active(bucket_arn, then), but=()))
    return statements


def standby_of(
    document: Mapping[str, Any] | None, bucket_arn: str, *, trusted: Sequence[str], unsaid: Standby
) -> Standby:
    """What stands by, as a live policy says.

    :param document: the policy as AWS reports it; ``None`` where there is none.
    :param unsaid: what holds where the policy says nothing, as before there were such statements.
    """
    listed = (document or {}).get("Statement", ())
    said = {one.get("Sid"): one for one in ([listed] if isinstance(listed, Mapping) else listed)}
    if WRITES not in said:
        return Standby() if REPLICAS in said else unsaid
    statement = said[WRITES]
    about = statement.get("NotResource", statement.get("Resource", ()))
    named = [about] if isinstance(about, str) else list(about)
    keys = frozenset(
        key
        for key in (arn.removeprefix(f"{bucket_arn}/") for arn in named)
        if "*" not in key and not key.endswith(LOCKFILE_SUFFIX)
    )
    spared = statement.get("Condition", {}).get("ArnNotLike", {}).get("aws:PrincipalArn", ())
    exempt = {spared} if isinstance(spared, str) else set(spared)
    rest = "NotResource" in statement or not keys
    return Standby(rest=rest, keys=keys, exempt=tuple(sorted(exempt - set(trusted))))


@dataclass(frozen=True, kw_only=True)
class _About:
    """The resources of a statement: these, or all but these."""

    arns: list[str]
    all_but: bool = False


def _states(bucket_arn: str, standby: Standby, *, first: bool) -> _About:
    states, lockfiles = _arns(bucket_arn, standby.keys), _lockfile_arns(bucket_arn, standby.keys)
    if not standby.rest:
        # In the second region a lockfile is as much the other's as its state.
        return _About(arns=states if first else [*states, *lockfiles])
    if not states:
        kinds = [STATE_SUFFIX] if first else [STATE_SUFFIX, LOCKFILE_SUFFIX]
        return _About(arns=[f"{bucket_arn}/*{kind}" for kind in kinds])
    if first:
        return _About(arns=[*states, f"{bucket_arn}/*{LOCKFILE_SUFFIX}"], all_but=True)
    return _About(arns=[*states, *lockfiles, f"{bucket_arn}/{RECORD_PREFIX}*"], all_but=True)


def _lockfiles(bucket_arn: str, standby: Standby) -> _About:
    lockfiles = _lockfile_arns(bucket_arn, standby.keys)
    if not standby.rest:
        return _About(arns=lockfiles)
    if not lockfiles:
        return _About(arns=[f"{bucket_arn}/*{LOCKFILE_SUFFIX}"])
    return _About(arns=[f"{bucket_arn}/*{STATE_SUFFIX}", *lockfiles], all_but=True)


def _active(bucket_arn: str, standby: Standby) -> _About:
    named = [*_arns(bucket_arn, standby.keys), *_lockfile_arns(bucket_arn, standby.keys)]
    if standby.rest:
        return _About(arns=named)
    return _About(arns=named, all_but=True) if named else _About(arns=[f"{bucket_arn}/*"])


def _arns(bucket_arn: str, keys: frozenset[str]) -> list[str]:
    """Each key, in every workspace."""
    each = ((key, workspace_key("*", key)) for key in sorted(keys))
    return [f"{bucket_arn}/{key}" for both in each for key in both]


def _lockfile_arns(bucket_arn: str, keys: frozenset[str]) -> list[str]:
    return [lockfile_key(arn) for arn in _arns(bucket_arn, keys)]


def _deny(sid: str, actions: Sequence[str], about: _About, *, but: Sequence[str]) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": actions}
    statement["NotResource" if about.all_but else "Resource"] = about.arns
    if but:
        statement["Condition"] = {"ArnNotLike": {"aws:PrincipalArn": but}}
    return statement

"""What must hold between access entries, and what would let more people in than was meant."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from settings.access import (
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    REPLICA_SUFFIX,
    AccessByTag,
    AccessEntry,
    BreakGlass,
    Oidc,
)
from settings.mistakes import MISSING, Mistake, nearest
from settings.operator_rules import broken_operator_rules
from settings.principal_rules import Read, outside_account, outside_partition
from settings.state_keys import expected_states


def covers(pattern: str, state: str) -> bool:
    """Whether ``prod/network`` or ``prod/*`` covers a state."""
    return state == pattern or (pattern.endswith("/*") and state.startswith(pattern[:-1]))


def broken_access_rules(read: Read) -> Iterator[Mistake]:
    """Every mistake in who may reach what."""
    entries: tuple[AccessEntry, ...] = read.get("access", ())
    by_tag: AccessByTag | None = read.get("access_by_tag")
    yield from _names(entries, two_regions=read.get("replica_region") is not None)
    for index, entry in enumerate(entries):
        key = f"access.{index} ({entry.name})"
        yield from _states(key, entry, read)
        yield from _who(key, entry, read)
    yield from _same_person(entries)
    if by_tag is not None:
        yield from outside_account("accessByTag.principals", by_tag.principals, read)
    yield from broken_operator_rules(read)
    shut = [entries, by_tag, read.get("operators"), read.get("break_glass")]
    yield from _administration(read, needed=any(shut))


def _names(entries: Sequence[AccessEntry], *, two_regions: bool) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        if entry.name in seen:
            yield Mistake(
                key=f"access.{index}.name",
                value=entry.name,
                problem="is the name of another entry",
                fix="give each entry a name of its own: its policy and role are named for it",
            )
        seen.add(entry.name)
        if two_regions and entry.name.endswith(REPLICA_SUFFIX):
            yield Mistake(
                key=f"access.{index}.name",
                value=entry.name,
                problem=f"ends with {REPLICA_SUFFIX}, as the policies for the second region do",
                fix="give the entry another name",
            )


def _states(key: str, entry: AccessEntry, read: Read) -> Iterator[Mistake]:
    known = expected_states(read["states"]) if "states" in read else None
    for field, patterns in (("states", entry.states), ("reads", entry.reads)):
        for pattern in patterns:
            if known is None or any(covers(pattern, state) for state in known):
                continue
            guess = nearest(pattern, known)
            yield Mistake(
                key=f"{key}.{field}",
                value=pattern,
                problem="is not among states",
                fix=f'use "{guess}"' if guess else f"use one of {', '.join(known)}",
            )
    for first, second in combinations([*entry.states, *entry.reads], 2):
        if covers(first, second) or covers(second, first):
            narrow = second if covers(first, second) else first
            yield Mistake(
                key=key,
                value=narrow,
                problem=f"overlaps {first if narrow is second else second}, which covers it already",
                fix="name each state once",
            )
    if entry.workspaces and known is not None:
        yield from _workspaces(key, entry, known)
    if entry.mode == "read" and entry.reads:
        yield Mistake(
            key=f"{key}.reads",
            value=list(entry.reads),
            problem="is for entries that write",
            fix="put them into states: this entry reads those already",
        )


def _workspaces(key: str, entry: AccessEntry, known: Sequence[str]) -> Iterator[Mistake]:
    """``*`` spans folders: ``env:/*/prod/network/`` also matches the workspace blue of ``dev/prod/network``."""
    patterns = (*entry.states, *entry.reads)
    for state in known:
        parts = state.split("/")
        ends = ["/".join(parts[start:]) for start in range(1, len(parts) - 1)]
        taken = [pattern for pattern in patterns for end in ends if covers(pattern, end)]
        if taken and not any(covers(pattern, state) for pattern in patterns):
            yield Mistake(
                key=f"{key}.workspaces",
                value=True,
                problem=f"would reach the workspaces of {state}, which ends like {taken[0]}",
                fix="rename one of the two, or do without workspaces",
            )


def _who(key: str, entry: AccessEntry, read: Read) -> Iterator[Mistake]:
    if not (entry.principals or entry.accounts or entry.github or entry.gitlab or entry.oidc):
        yield Mistake(
            key=key,
            value=MISSING,
            problem="names nobody",
            fix="name principals, accounts, github, gitlab or oidc",
        )
    for arn in entry.principals:
        if arn.endswith(":root"):
            yield Mistake(
                key=f"{key}.principals",
                value=arn,
                problem="is a whole account: everyone in it would be let in",
                fix="name a role or user, or use accounts with an externalId",
            )
    yield from outside_partition(f"{key}.principals", entry.principals, read)
    for account in entry.accounts:
        if account.id == read.get("account_id"):
            yield Mistake(
                key=f"{key}.accounts",
                value=account.id,
                problem="is this account: everyone in it would be let in",
                fix="name its roles and users in principals",
            )
    for workflow in entry.github:
        chosen = [value for value in (workflow.branch, workflow.tag, workflow.environment) if value is not None]
        if len(chosen) != 1:
            yield Mistake(
                key=f"{key}.github",
                value=f"{workflow.organisation}/{workflow.repository}",
                problem=f"names {len(chosen)} of branch, tag and environment, and a token carries one",
                fix="name exactly one of them, in an item of its own",
            )
    if entry.token_file is not None and not (entry.github or entry.gitlab or entry.oidc):
        yield Mistake(
            key=f"{key}.tokenFile",
            value=entry.token_file,
            problem="is for entries that let tokens in",
            fix="name github, gitlab or oidc, or leave it out",
        )
    for token in entry.oidc:
        yield from _subject(f"{key}.oidc", token)


def _subject(key: str, token: Oidc) -> Iterator[Mistake]:
    if "*" in token.subject or "?" in token.subject:
        yield Mistake(
            key=key,
            value=token.subject,
            problem="has a wildcard: whoever gets a token of that shape would be let in",
            fix="write the whole subject of one workload, in an item of its own",
        )
        return
    needed = {GITHUB_ISSUER: "repo:", GITLAB_ISSUER: "project_path:"}.get(token.url)
    if needed and not (token.subject.startswith(needed) and "/" in token.subject):
        name = "github" if token.url == GITHUB_ISSUER else "gitlab"
        yield Mistake(
            key=key,
            value=token.subject,
            problem="names no repository, so others who use this issuer would be let in",
            fix=f"use {name} and name the repository",
        )


def _same_person(entries: Sequence[AccessEntry]) -> Iterator[Mistake]:
    for first, second in combinations(entries, 2):
        shared = set(first.principals) & set(second.principals)
        both = [one for one in first.states for other in second.states if covers(one, other) or covers(other, one)]
        if shared and both:
            yield Mistake(
                key=f"access ({second.name})",
                value=min(shared),
                problem=f"reaches {both[0]} by the entry {first.name} already",
                fix="name each principal once for each state",
            )


def _administration(read: Read, *, needed: bool) -> Iterator[Mistake]:
    administrators: tuple[str, ...] = read.get("administrators", ())
    if needed and not administrators and "administrators" in read:
        yield Mistake(
            key="administrators",
            value=MISSING,
            problem="is missing, and with access, operators or breakGlass whoever is not named is kept out",
            fix="name the roles or users that run pulumi up",
        )
    if read.get("pulumi_state") and not needed and not administrators and "administrators" in read:
        yield Mistake(
            key="administrators",
            value=MISSING,
            problem="is missing, and with pulumiState they alone reach Pulumi's own state",
            fix="name the roles or users that run pulumi up",
        )
    yield from outside_account("administrators", administrators, read)
    break_glass: BreakGlass | None = read.get("break_glass")
    if break_glass is not None:
        yield from outside_account("breakGlass.principals", break_glass.principals, read)

"""What must hold between settings that are each valid on their own.

Every rule takes the settings that could be read, as a mapping by field name, and yields the mistakes it
finds; a rule whose settings are missing yields nothing, so that all rules always run.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from settings.access_rules import broken_access_rules
from settings.adopt_rules import broken_adopt_rules
from settings.arns import region_in
from settings.mistakes import Mistake, nearest
from settings.model import NoncurrentTransition, StorageClass, Ways
from settings.names import audit_bucket_name, illegal_bucket_name, log_bucket_name, state_bucket_name
from settings.regions import REGIONS, partition_of
from settings.state_keys import state_key

Read = Mapping[str, Any]
"""The settings that were read without a mistake of their own, by field name."""

LOCAL_ACCOUNT = "000000000000"
"""The account of the emulated AWS, and the only one that stack ``local`` may touch."""


def broken_rules(read: Read, *, stack: str, allowed_account_ids: Sequence[str] | None) -> Iterator[Mistake]:
    """Every mistake between settings, in the order of the rules below."""
    yield from _regions(read)
    yield from _replication(read)
    yield from _account(read, stack=stack, allowed_account_ids=allowed_account_ids)
    yield from _names(read)
    yield from _state_keys(read)
    yield from _transition(read)
    yield from _tags(read)
    yield from broken_access_rules(read)
    yield from broken_adopt_rules(read)


def _regions(read: Read) -> Iterator[Mistake]:
    known = {}
    for field, key in (("region", "aws:region"), ("replica_region", "replicaRegion")):
        region = read.get(field)
        if region is None:
            continue
        if region in REGIONS:
            known[field] = region
            continue
        guess = nearest(region, REGIONS)
        yield Mistake(
            key=key,
            value=region,
            problem="is not a region of AWS",
            fix=f'use "{guess}"' if guess else "use a region's code, such as eu-west-1",
        )
    if len(known) < 2:
        return
    first, second = known["region"], known["replica_region"]
    if first == second:
        yield Mistake(
            key="replicaRegion",
            value=second,
            problem="is the first region, and a copy there would be lost with it",
            fix="name another region, or leave replicaRegion out",
        )
    elif partition_of(first) != partition_of(second):
        partition = partition_of(first)
        others = ", ".join(region for region in partition.regions if region != first)
        yield Mistake(
            key="replicaRegion",
            value=second,
            problem=f"is in partition {partition_of(second).name}, and {first} is in {partition.name}: "
            "S3 does not replicate between partitions",
            fix=f"use one of {others}" if others else "leave replicaRegion out: the partition has one region",
        )


def _replication(read: Read) -> Iterator[Mistake]:
    regions = [read[field] for field in ("region", "replica_region") if read.get(field)]
    if "replica_region" in read and read["replica_region"] is None:
        for field, key in (("replication", "replication"), ("replication_alarm_topics", "replicationAlarmTopics")):
            value = read.get(field)
            if value and value is not Ways.ONE_WAY:
                yield Mistake(
                    key=key,
                    value=value if isinstance(value, str) else list(value),
                    problem="is about a second region, and there is none",
                    fix="name replicaRegion, or leave it out",
                )
        return
    for topic in read.get("replication_alarm_topics", ()):
        if region_in(topic) not in regions and "region" in read and "replica_region" in read:
            yield Mistake(
                key="replicationAlarmTopics",
                value=topic,
                problem="is in neither region, and an alarm notifies topics of its own region alone",
                fix=f"name a topic in {' or '.join(regions)}",
            )


def _account(read: Read, *, stack: str, allowed_account_ids: Sequence[str] | None) -> Iterator[Mistake]:
    account = read.get("account_id")
    if account is None:
        return
    if stack == "local" and account != LOCAL_ACCOUNT:
        yield Mistake(
            key="accountId",
            value=account,
            problem="belongs to AWS, and stack local is for the emulated one",
            fix=f'leave accountId out, or set "{LOCAL_ACCOUNT}"',
        )
    if allowed_account_ids is not None and list(allowed_account_ids) != [account]:
        yield Mistake(
            key="aws:allowedAccountIds",
            value=list(allowed_account_ids),
            problem=f'does not name accountId "{account}" and nothing else',
            fix=f'set ["{account}"]',
        )


def _names(read: Read) -> Iterator[Mistake]:
    prefix, account = read.get("name_prefix"), read.get("account_id")
    regions = [read[field] for field in ("region", "replica_region") if read.get(field) in REGIONS]
    if prefix is None or account is None:
        return
    makers = [state_bucket_name]
    if read.get("access_logs", True):
        makers.append(log_bucket_name)
    if read.get("audit_trail") is not None:
        makers.append(audit_bucket_name)
    names = sorted((maker(prefix, account, region) for maker in makers for region in regions), key=len)
    problems = [(name, problem) for name in names if (problem := illegal_bucket_name(name)) is not None]
    if problems:
        # The longest name is the one to shorten for; a character that is illegal in one is so in all.
        name, problem = problems[-1]
        too_long = len(name) - 63
        yield Mistake(
            key="namePrefix",
            value=prefix,
            problem=f'makes the bucket name "{name}", which {problem}',
            fix=f"shorten it by {too_long} or more characters" if too_long > 0 else "use another prefix",
        )


def _state_keys(read: Read) -> Iterator[Mistake]:
    states: Mapping[str, Sequence[str]] = read.get("states", {})
    for environment, services in states.items():
        if not services:
            yield Mistake(
                key=f"states.{environment}",
                value=[],
                problem="names no service",
                fix="name one or more services, or leave the environment out",
            )
    seen: dict[str, tuple[str, str]] = {}
    for environment, services in sorted(states.items()):
        for service in services:
            folder = f"{environment}/{service}"
            twin = seen.get(folder.lower())
            if twin is None:
                seen[folder.lower()] = (environment, service)
                continue
            other = "/".join(twin)
            yield Mistake(
                key=f"states.{environment}",
                value=service,
                problem=f"is a duplicate: its state key {state_key(folder)} is already taken"
                if other == folder
                else f"differs from {other} by upper and lower case alone, which people mix up",
                fix="name each service once",
            )
    for folder, (environment, service) in seen.items():
        parts = folder.split("/")
        for length in range(2, len(parts)):
            parent = seen.get("/".join(parts[:length]))
            if parent is not None:
                yield Mistake(
                    key=f"states.{environment}",
                    value=service,
                    problem=f"overlaps {'/'.join(parent)}: whoever may reach everything under that service "
                    "would reach this state too",
                    fix="use names of which none is a folder of another",
                )


def _transition(read: Read) -> Iterator[Mistake]:
    transition: NoncurrentTransition | None = read.get("noncurrent_transition")
    if transition is None:
        return
    expiry = read.get("noncurrent_version_days")
    if expiry is not None and transition.days >= expiry:
        yield Mistake(
            key="noncurrentTransition.days",
            value=transition.days,
            problem=f"is not before noncurrentVersionDays ({expiry}), when versions are deleted",
            fix=f"use fewer than {expiry} days, or keep versions longer",
        )
    if transition.storage_class is StorageClass.STANDARD_IA and transition.days < 30:
        yield Mistake(
            key="noncurrentTransition.days",
            value=transition.days,
            problem="is too soon: S3 moves nothing to STANDARD_IA before 30 days",
            fix="use 30 days or more, or another storage class",
        )


def _tags(read: Read) -> Iterator[Mistake]:
    for key in read.get("tags", {}):
        if key.lower().startswith("aws:"):
            yield Mistake(
                key=f"tags.{key}",
                value=read["tags"][key],
                problem="starts with aws:, which AWS keeps for itself",
                fix="use another key",
            )

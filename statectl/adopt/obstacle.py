"""What cannot be adopted as it is, and the other way.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html (last writer wins),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html (Object Lock on both sides),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html (MFA Delete),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html (grants in ACLs),
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html (whose a key is)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from blueprint.lock_table import HASH_KEY
from settings.arns import account_in
from settings.model import Settings
from statectl.adopt.found import AWS_MANAGED, Found, FoundPart
from statectl.own_prefix import OWN_PREFIX

SHOWN_FOLDERS = 5
_COPY = "make a new backend beside it and bring the states over: statectl move key"
_WITHOUT_TABLE = (
    "bring every client to the lockfile first (statectl move lock), then plan with --no-table; the table stays as "
    "it is, unused"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """One thing that cannot be adopted as it is.

    :param about: the bucket, table or key.
    :param problem: what is in the way.
    :param blocks: whether nothing can be adopted so; otherwise the plan goes round it.
    :param instead: the other way.
    """

    about: str
    problem: str
    blocks: bool
    instead: str


def obstacles(found: Found, settings: Settings, *, others_are_fine: bool) -> tuple[Obstacle, ...]:
    """Everything that is in the way of adopting a found backend into a stack.

    :param settings: of the stack that is to adopt it.
    :param others_are_fine: whether what the bucket holds beside states may stay there.
    """
    return (
        *_place(found, settings),
        *_contents(found, others_are_fine=others_are_fine),
        *_mfa_delete(found),
        *_grants(found),
        *_object_lock(found, settings),
        *_replication(found, settings),
        *(_table(found.table) if found.table is not None else ()),
        *(_key(found, found.key) if found.key is not None else ()),
    )


def _place(found: Found, settings: Settings) -> Iterator[Obstacle]:
    about = f"bucket {found.bucket}"
    if found.region != settings.region:
        yield Obstacle(
            about=about,
            problem=f"it is in {found.region}, and the stack's aws:region is {settings.region}",
            blocks=True,
            instead=f"set aws:region to {found.region}, or {_COPY}",
        )
    if found.account_id != settings.account_id:
        yield Obstacle(
            about=about,
            problem=f"it is in account {found.account_id}, and the stack's accountId is {settings.account_id}",
            blocks=True,
            instead=f"use a stack of {found.account_id}, or {_COPY}",
        )


def _contents(found: Found, *, others_are_fine: bool) -> Iterator[Obstacle]:
    folders = [folder for folder in found.contents.folders if folder != OWN_PREFIX]
    if not folders:
        return
    named = ", ".join(folders[:SHOWN_FOLDERS])
    more = f" and {len(folders) - SHOWN_FOLDERS} more" if len(folders) > SHOWN_FOLDERS else ""
    yield Obstacle(
        about=f"bucket {found.bucket}",
        problem=f"it also holds other things: {named}{more}; lifecycle, encryption and policy would be theirs too",
        blocks=not others_are_fine,
        instead=f"move them elsewhere, or {_COPY}; or say --with-others, and they stay",
    )


def _mfa_delete(found: Found) -> Iterator[Obstacle]:
    if found.setting("mfa-delete") == "Enabled":
        yield Obstacle(
            about=f"bucket {found.bucket}",
            problem="it has MFA Delete on: S3 takes no lifecycle for it, and a change of its versioning from root "
            "alone",
            blocks=True,
            instead="let root turn it off (aws s3api put-bucket-versioning --mfa), and name breakGlass in its "
            f"place, without whose second factor no version is deleted; or {_COPY}",
        )


def _grants(found: Found) -> Iterator[Obstacle]:
    grants = found.setting("grants")
    if grants and found.setting("ownership") != "BucketOwnerEnforced":
        yield Obstacle(
            about=f"bucket {found.bucket}",
            problem=f"its ACL lets in {', '.join(grants)}: as long as it does, S3 refuses bucket.ownership",
            blocks=False,
            instead="give each an entry in access, and before bucket.ownership is switched on: aws s3api "
            "put-bucket-acl --acl private",
        )


def _object_lock(found: Found, settings: Settings) -> Iterator[Obstacle]:
    if found.setting("object-lock") is None:
        return
    about = f"bucket {found.bucket}"
    if settings.replica_region is not None:
        yield Obstacle(
            about=about,
            problem="it has Object Lock, and S3 replicates such a bucket to one with Object Lock only, which the "
            "stack's second bucket has not",
            blocks=True,
            instead=f"leave replicaRegion out, or {_COPY}",
        )
    retention = found.setting("retention")
    if retention:
        period = " ".join(f"{retention[unit]} {unit.lower()}" for unit in ("Days", "Years") if unit in retention)
        yield Obstacle(
            about=about,
            problem=f"its Object Lock holds every version for {period} ({retention['Mode'].lower()}), those of "
            "lockfiles too: each run leaves one that no lifecycle rule deletes before, and clients with "
            "skip_s3_checksum cannot write",
            blocks=False,
            instead="an administrator can take the default retention away: aws s3api "
            "put-object-lock-configuration with no Rule",
        )


def _replication(found: Found, settings: Settings) -> Iterator[Obstacle]:
    if not found.destinations:
        return
    alone = settings.replica_region is None
    yield Obstacle(
        about=f"bucket {found.bucket}",
        problem=f"it replicates to {', '.join(found.destinations)}: "
        + (
            "that goes on as it is, and nobody looks after it"
            if alone
            else "the stack's own rule takes the place of that"
        ),
        blocks=False,
        instead="set replicaRegion and adoptReplica, with that bucket and what a plan of it keeps (docs/adopt.md)"
        if alone
        else "name that bucket in adoptReplica, or the stack makes one; delete the old role once nothing uses it",
    )


def _table(table: FoundPart) -> Iterator[Obstacle]:
    about = f"table {table.name}"
    if table.live.gone is not None:
        yield Obstacle(
            about=about,
            problem=f"{table.live.gone}",
            blocks=True,
            instead="a lock table is in its bucket's region: name another with --table, or plan with --no-table "
            "where no client uses one",
        )
        return
    key = table.setting("key")
    if key is not None and not _is_terraforms(key):
        schema = ", ".join(part["AttributeName"] for part in key["KeySchema"])
        yield Obstacle(
            about=about,
            problem=f"its key is {schema}, and Terraform demands the string {HASH_KEY} alone",
            blocks=True,
            instead=_WITHOUT_TABLE,
        )
    replicas = table.setting("replicas")
    if replicas:
        yield Obstacle(
            about=about,
            problem=f"it is a global table, with replicas in {', '.join(replicas)}: the last writer wins between "
            "regions, so that two can hold one lock",
            blocks=True,
            instead=f"take its replicas away (aws dynamodb update-table --replica-updates), or {_WITHOUT_TABLE}",
        )


def _is_terraforms(key: dict[str, list[dict[str, str]]]) -> bool:
    parts = [(part["AttributeName"], part["KeyType"]) for part in key["KeySchema"]]
    types = {one["AttributeName"]: one["AttributeType"] for one in key["AttributeDefinitions"]}
    return parts == [(HASH_KEY, "HASH")] and types.get(HASH_KEY) == "S"


def _key(found: Found, key: FoundPart) -> Iterator[Obstacle]:
    state, arn = key.setting("state"), key.arn or key.name
    instead = (
        "the stack makes a key of its own, under which new versions are written once bucket.encryption is out of "
        "adopt.keep; the old ones stay under the old key, which must stay too"
    )
    problem = ""
    if found.own_key is not None:
        return
    if arn.startswith("arn:") and account_in(arn) != found.account_id:
        problem = f"it belongs to account {account_in(arn)}"
    elif arn.startswith("arn:") and f":{found.region}:" not in arn:
        problem = f"it is not in {found.region}"
    elif state is None:
        problem = f"it could not be read: {next(iter(key.live.unread.values()), key.live.gone)}"
    elif state["KeyManager"] == AWS_MANAGED:
        problem = "it belongs to AWS, which decides on its policy"
    elif state["MultiRegion"]:
        problem = "it is a multi-Region key, whose replicas decrypt the states in other regions"
    yield Obstacle(about=f"key {key.name}", problem=problem, blocks=False, instead=instead)

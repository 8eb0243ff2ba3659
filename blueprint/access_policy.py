"""The least that Terraform needs for the states of one access entry, by mode and lock.

What it calls is in https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required; the
conditions on keys follow https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from blueprint.backend import RegionalBackend
from blueprint.lock_table import LockTable
from blueprint.names import service_host
from blueprint.policy_document import PolicyDocument, Statement, policy
from settings.access import AccessEntry, Mode
from settings.model import Settings
from settings.state_keys import state_key
from statefile.keys import digest_id, lock_id, lockfile_key, workspace_key

ENVIRONMENT_TAG = "state-environment"
"""The tag that says which environment a principal works for, where access goes by tag."""
SERVICE_TAG = "state-service"
"""The tag that says which service a principal works for, where access goes by tag."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a policy reaches.

    :param keys: the state keys, as patterns with ``*`` or policy variables.
    :param reads: further state keys that may only be read.
    :param workspaces: those of the keys that belong to workspaces other than the default; a writer deletes them.
    :param folders: the prefixes that may be listed.
    :param mode: whether the keys may be written and locked.
    """

    keys: tuple[str, ...]
    workspaces: tuple[str, ...]
    reads: tuple[str, ...]
    folders: tuple[str, ...]
    mode: Mode


def entry_scope(entry: AccessEntry) -> Scope:
    """The scope of an access entry.

    The folders hold each key itself: S3 says that a state is not there yet (404) to those alone who may list it.
    """
    keys, reads = _keys(entry.states), _keys(entry.reads)
    folders = tuple(f"{pattern.removesuffix('/*')}/*" for pattern in (*entry.states, *entry.reads))
    if not entry.workspaces:
        return Scope(keys=keys, reads=reads, workspaces=(), folders=folders, mode=entry.mode)
    workspaces = _in_workspaces(keys)
    return Scope(
        keys=(*keys, *workspaces),
        reads=(*reads, *_in_workspaces(reads)),
        workspaces=workspaces,
        folders=(*folders, "env:/", *_in_workspaces(folders)),
        mode=entry.mode,
    )


def tag_scope(mode: Mode) -> Scope:
    """The scope of whoever comes with the two tags: the state that these name, and no other."""
    environment, service = (f"${{aws:PrincipalTag/{tag}}}" for tag in (ENVIRONMENT_TAG, SERVICE_TAG))
    return Scope(
        keys=(state_key(f"{environment}/{service}"),),
        reads=(),
        workspaces=(),
        folders=(f"{environment}/{service}/*",),
        mode=mode,
    )


def access_policy(
    settings: Settings, region: RegionalBackend, scope: Scope, *, key_arn: str | None
) -> PolicyDocument:
    """The policy for one scope in one region.

    No statement lets anyone delete a version, or list what is not in the scope; of states a writer deletes those
    of workspaces alone, as ``terraform workspace delete`` does, and a noncurrent version of each stays.

    :param key_arn: the region's key; ``None`` with AES256.
    """
    writes = scope.mode is Mode.WRITE
    statements = [
        _list(region.bucket.arn, scope.folders),
        _objects("ReadStates", ["s3:GetObject"], region.bucket.arn, [*scope.keys, *scope.reads]),
    ]
    if writes:
        statements.append(_objects("WriteStates", ["s3:PutObject"], region.bucket.arn, scope.keys))
    if writes and scope.workspaces:
        statements.append(_objects("DeleteWorkspaces", ["s3:DeleteObject"], region.bucket.arn, scope.workspaces))
    if writes and settings.lock.uses_lockfile:
        lockfiles = [lockfile_key(key) for key in scope.keys]
        actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        statements.append(_objects("HoldLockfiles", actions, region.bucket.arn, lockfiles))
    if region.table is not None:
        statements += _table(region.table, region.bucket.name, scope)
    if key_arn is not None:
        statements += _key(settings, region, key_arn, writes=writes)
    return policy(*statements)


def _keys(patterns: Sequence[str]) -> tuple[str, ...]:
    return tuple(state_key(pattern) for pattern in patterns)


def _in_workspaces(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(workspace_key("*", key) for key in keys)


def _list(bucket_arn: str, folders: Sequence[str]) -> Statement:
    return {
        "Sid": "ListStates",
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": bucket_arn,
        "Condition": {"StringLike": {"s3:prefix": folders}},
    }


def _objects(sid: str, actions: list[str], bucket_arn: str, keys: Sequence[str]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": [f"{bucket_arn}/{key}" for key in keys],
    }


def _table(table: LockTable, bucket: str, scope: Scope) -> list[Statement]:
    locks = [lock_id(bucket, key) for key in scope.keys]
    reads = [digest_id(bucket, key) for key in scope.reads]
    digests = [digest_id(bucket, key) for key in scope.keys]
    if scope.mode is Mode.READ:
        return [_items("ReadDigests", ["dynamodb:GetItem"], table, [*digests, *reads])]
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    held = _items("HoldTableLocks", actions, table, [*locks, *digests])
    return [held, _items("ReadDigests", ["dynamodb:GetItem"], table, reads)] if reads else [held]


def _items(sid: str, actions: list[str], table: LockTable, items: Sequence[str]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": table.arn,
        # ForAllValues also holds where the key is absent, hence Null beside it.
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(items)},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }


def _key(settings: Settings, region: RegionalBackend, key_arn: str, *, writes: bool) -> list[Statement]:
    """Use of the key through S3 for this bucket, and through DynamoDB for this table, and in no other way."""
    through_s3: Statement = {
        "Sid": "UseKeyThroughS3",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"] if writes else ["kms:Decrypt"],
        "Resource": key_arn,
        "Condition": {
            "StringEquals": {"kms:ViaService": service_host("s3", region.region)},
            # The bucket's ARN with a bucket key, the object's for what was written before there was one.
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": [region.bucket.arn, f"{region.bucket.arn}/*"]},
        },
    }
    if region.table is None:
        return [through_s3]
    through_dynamodb: Statement = {
        "Sid": "UseKeyThroughDynamoDB",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": key_arn,
        "Condition": {
            "StringEquals": {
                "kms:ViaService": service_host("dynamodb", region.region),
                "kms:EncryptionContext:aws:dynamodb:tableName": region.table.name,
                "kms:EncryptionContext:aws:dynamodb:subscriberId": settings.account_id,
            }
        },
    }
    return [through_s3, through_dynamodb]

"""What ``statectl`` needs on the states and locks of a backend, in both regions: to look, to restore, to unlock.

Operators look after every state, so nothing here is narrowed to some; what the policies leave out is what no
command does: to delete a state or a version, or to change a setting. What it takes to look at the settings is in
:mod:`blueprint.operator_settings`.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html and the same for
DynamoDB and KMS; the conditions are those of :mod:`blueprint.access_policy`.
"""

from collections.abc import Sequence

from blueprint.backend import Backend, RegionalBackend
from blueprint.names import service_host
from blueprint.operator_settings import settings_policy
from blueprint.operators import Operation
from blueprint.own_state import own_state_policy
from blueprint.policy_document import PolicyDocument, Statement, policy
from statefile.keys import STATE_SUFFIX, digest_id, lock_id, lockfile_key


def operator_policy(
    plan: Backend, operation: Operation, *, state_keys: Sequence[str], audit_key: str | None
) -> PolicyDocument:
    """The policy for one kind of operation.

    :param state_keys: the ARNs of the regions' keys; none with AES256.
    :param audit_key: the ARN of the audit trail's key; ``None`` where the stack makes no trail.
    """
    if operation is Operation.READ:
        return reading_policy(plan, state_keys=state_keys)
    if operation is Operation.WRITE:
        return writing_policy(plan, state_keys=state_keys)
    if operation is Operation.PULUMI_STATE:
        return own_state_policy(plan, state_keys=state_keys)
    return settings_policy(plan, keys=[*state_keys, *([audit_key] if audit_key else [])])


def reading_policy(plan: Backend, *, state_keys: Sequence[str]) -> PolicyDocument:
    """Read every state and lock with all their versions.

    :param state_keys: the ARNs of the regions' keys; none with AES256.
    """
    regions = regions_of(plan)
    buckets = [region.bucket.arn for region in regions]
    tables = [region.table.arn for region in regions if region.table is not None]
    statements: list[Statement] = [
        _allow("ListEveryState", ["s3:ListBucket", "s3:ListBucketVersions"], buckets),
        # Every key: states, lockfiles, and strays that no stack expects.
        _allow("ReadEveryState", ["s3:GetObject", "s3:GetObjectVersion"], [f"{bucket}/*" for bucket in buckets]),
    ]
    if tables:
        # A scan has no leading keys to go by, so that these two see the whole table.
        statements.append(_allow("ReadEveryTableLock", ["dynamodb:GetItem", "dynamodb:Scan"], tables))
    if state_keys:
        statements.append(_key_through_s3("DecryptStates", "kms:Decrypt", plan, state_keys))
    if state_keys and tables:
        statements.append(_decrypt_locks(plan, state_keys))
    return policy(*statements)


def writing_policy(plan: Backend, *, state_keys: Sequence[str]) -> PolicyDocument:
    """What it takes besides to restore a state, and to take, free and break a lock of either kind.

    Objects that are neither a state nor a lockfile by their name cannot be written, Pulumi's own states in the
    bucket among them. Lockfiles alone can be deleted: a state and its versions stay, whatever is done.

    :param state_keys: the ARNs of the regions' keys; none with AES256.
    """
    regions = regions_of(plan)
    buckets = [region.bucket.arn for region in regions]
    statements = [
        _allow("WriteEveryState", ["s3:PutObject"], [f"{bucket}/*{STATE_SUFFIX}" for bucket in buckets]),
        # Whatever the stack locks with: a lockfile that an older setting left behind is there to be broken too.
        _allow(
            "HoldEveryLockfile",
            ["s3:PutObject", "s3:DeleteObject"],
            [f"{bucket}/{lockfile_key('*')}" for bucket in buckets],
        ),
        *(_hold_table_locks(number, region) for number, region in enumerate(regions, start=1) if region.table),
    ]
    if state_keys:
        statements.append(_key_through_s3("EncryptStates", "kms:GenerateDataKey", plan, state_keys))
    return policy(*statements)


def regions_of(plan: Backend) -> list[RegionalBackend]:
    """The first region, and the second where there is one."""
    return [region for region in (plan.primary, plan.replica) if region is not None]


def _allow(sid: str, actions: list[str], resources: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _hold_table_locks(number: int, region: RegionalBackend) -> Statement:
    """Locks and digests of this bucket's states: the table could serve others, and holds their items too.

    A statement for each region, since a ``LockID`` of one region's bucket has no business in the other's table.
    """
    if region.table is None:
        raise ValueError(f"{region.region} has no lock table")
    bucket, every = region.bucket.name, f"*{STATE_SUFFIX}"
    return {
        "Sid": f"HoldEveryTableLock{number}",
        "Effect": "Allow",
        "Action": ["dynamodb:PutItem", "dynamodb:DeleteItem"],
        "Resource": region.table.arn,
        # ForAllValues also holds where the key is absent, hence Null beside it.
        "Condition": {
            "ForAllValues:StringLike": {
                "dynamodb:LeadingKeys": [lock_id(bucket, every), digest_id(bucket, every)]
            },
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }


def _key_through_s3(sid: str, action: str, plan: Backend, state_keys: Sequence[str]) -> Statement:
    """Use of the keys through S3 for the state buckets, and in no other way.

    One statement for both regions: S3 uses a key for buckets of the key's own region alone.
    """
    regions = regions_of(plan)
    buckets = [region.bucket.arn for region in regions]
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": action,
        "Resource": list(state_keys),
        "Condition": {
            "StringEquals": {"kms:ViaService": [service_host("s3", region.region) for region in regions]},
            # The bucket's ARN with a bucket key, the object's for what was written before there was one.
            "StringLike": {
                "kms:EncryptionContext:aws:s3:arn": [arn for bucket in buckets for arn in (bucket, f"{bucket}/*")]
            },
        },
    }


def _decrypt_locks(plan: Backend, state_keys: Sequence[str]) -> Statement:
    tables = [region.table for region in regions_of(plan) if region.table is not None]
    return {
        "Sid": "DecryptTableLocks",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": list(state_keys),
        "Condition": {
            "StringEquals": {
                "kms:ViaService": [service_host("dynamodb", table.region) for table in tables],
                "kms:EncryptionContext:aws:dynamodb:tableName": sorted({table.name for table in tables}),
                "kms:EncryptionContext:aws:dynamodb:subscriberId": plan.settings.account_id,
            }
        },
    }

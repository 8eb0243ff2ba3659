"""The requests that Terraform makes for one state, as IAM sees them: action, resource and condition keys.

Source: https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from blueprint.names import bucket_arn
from blueprint.request_keys import ONCE, Keys, one_item, through_dynamodb, through_s3
from settings.model import Lock
from settings.regions import partition_of
from statefile.keys import WORKSPACE_PREFIX, digest_id, lock_id, lockfile_key

_LIST_PAGE = "1000"
_HEADERS = (
    *("s3:x-amz-acl", "s3:x-amz-copy-source", "s3:x-amz-grant-*", "s3:x-amz-metadata-directive"),
    *("s3:x-amz-server-side-encryption*", "s3:x-amz-storage-class", "s3:x-amz-website-redirect-location"),
)
"""Keys of a write's headers, which it has only where Terraform is told to send them."""
_NOT_SENT = (
    *("s3:delimiter", "s3:if-match", "s3:if-none-match", "s3:max-keys", "s3:object-lock-*", "s3:prefix"),
    *("s3:requestobjecttag*", "s3:versionid", "s3:dataaccesspoint*", "s3:accesspointnetworkorigin"),
)
"""Keys of S3 that a request has only where the client asks for what they stand for."""


class Purpose(StrEnum):
    """What a request is for."""

    READ = "read"
    """Reading the state, and the digest in the lock table."""
    WRITE = "write"
    """Writing the state, and the digest in the lock table."""
    LOCK = "lock"
    """Taking the lock, reading who holds it, and freeing it, in each place where Terraform takes it."""
    WORKSPACES = "workspaces"
    """Listing the workspaces, which the default workspace does without."""


@dataclass(frozen=True, kw_only=True)
class TerraformRequest:
    """One request.

    :param purpose: what it is for.
    :param action: the IAM action.
    :param resource: the ARN of what it is about.
    :param keys: the condition keys that it brings, beside those of whoever asks.
    :param absent: keys that it does not have unless they are in ``keys``, with ``*``.
    """

    purpose: Purpose
    action: str
    resource: str
    keys: Keys
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Encrypted:
    """How the states of a bucket are encrypted.

    :param key: the ARN of the KMS key; ``None`` where S3's own keys encrypt.
    :param bucket_key: whether the bucket has a bucket key, which makes its ARN the encryption context; ``None``
        where that is not known.
    :param asked: what a write asks for; ``None`` where it is not known what Terraform is told.
    """

    key: str | None
    bucket_key: bool | None = True
    asked: Keys | None


@dataclass(frozen=True, kw_only=True)
class TerraformBackend:
    """What Terraform talks to.

    :param bucket: the bucket's name.
    :param region: the region of bucket and table.
    :param account: the account that they belong to.
    :param lock: what Terraform takes before it writes.
    :param encrypted: how states are encrypted.
    :param table: the lock table's name; ``None`` where there is none.
    :param table_key: the ARN of the table's own KMS key; ``None`` where DynamoDB's own keys encrypt it.
    :param workspace_prefix: the folder of workspaces other than the default.
    """

    bucket: str
    region: str
    account: str
    lock: Lock
    encrypted: Encrypted
    table: str | None = None
    table_key: str | None = None
    workspace_prefix: str = WORKSPACE_PREFIX

    @property
    def bucket_arn(self) -> str:
        """The bucket's ARN."""
        return bucket_arn(self.bucket, self.region)

    @property
    def table_arn(self) -> str:
        """The lock table's ARN."""
        return f"arn:{partition_of(self.region).name}:dynamodb:{self.region}:{self.account}:table/{self.table}"


def terraform_requests(backend: TerraformBackend, key: str) -> tuple[TerraformRequest, ...]:
    """Every request that reading, writing and locking a state and listing its workspaces take.

    :param key: the state's key in the bucket, of whichever workspace.
    """
    lockfile = lockfile_key(key)
    made = [
        *_get(backend, Purpose.READ, key),
        *_item(backend, Purpose.READ, digest_id(backend.bucket, key), "Get"),
        *_put(backend, Purpose.WRITE, key, {}),
        *_item(backend, Purpose.WRITE, digest_id(backend.bucket, key), "Put"),
    ]
    if backend.lock.uses_lockfile:
        made += _put(backend, Purpose.LOCK, lockfile, ONCE)
        made += _get(backend, Purpose.LOCK, lockfile)
        made.append(_s3(backend, Purpose.LOCK, "DeleteObject", lockfile, {}))
    made += _item(backend, Purpose.LOCK, lock_id(backend.bucket, key), "Put", "Get", "Delete")
    listed = {"s3:prefix": f"{backend.workspace_prefix}/", "s3:max-keys": _LIST_PAGE}
    made.append(_s3(backend, Purpose.WORKSPACES, "ListBucket", None, listed))
    return tuple(made)


def _get(backend: TerraformBackend, purpose: Purpose, key: str) -> Iterator[TerraformRequest]:
    yield _s3(backend, purpose, "GetObject", key, {})
    yield from _key(backend, purpose, "Decrypt", key)


def _put(backend: TerraformBackend, purpose: Purpose, key: str, keys: Keys) -> Iterator[TerraformRequest]:
    yield _s3(backend, purpose, "PutObject", key, {**(backend.encrypted.asked or {}), **keys})
    yield from _key(backend, purpose, "GenerateDataKey", key)


def _s3(backend: TerraformBackend, purpose: Purpose, verb: str, key: str | None, keys: Keys) -> TerraformRequest:
    told = verb != "PutObject" or backend.encrypted.asked is not None
    return TerraformRequest(
        purpose=purpose,
        action=f"s3:{verb}",
        resource=backend.bucket_arn if key is None else f"{backend.bucket_arn}/{key}",
        keys=keys,
        absent=(*_NOT_SENT, *(_HEADERS if told else ())),
    )


def _key(backend: TerraformBackend, purpose: Purpose, verb: str, key: str) -> Iterator[TerraformRequest]:
    if backend.encrypted.key is None:
        return
    known = backend.encrypted.bucket_key is not None
    about = backend.bucket_arn if backend.encrypted.bucket_key else f"{backend.bucket_arn}/{key}"
    keys = dict(through_s3(backend.region, about))
    if not known:
        del keys["kms:EncryptionContext:aws:s3:arn"]
    yield _kms(purpose, verb, backend.encrypted.key, keys, known=known)


def _item(backend: TerraformBackend, purpose: Purpose, item: str, *verbs: str) -> Iterator[TerraformRequest]:
    if backend.table is None:
        return
    for verb in verbs:
        yield TerraformRequest(
            purpose=purpose, action=f"dynamodb:{verb}Item", resource=backend.table_arn, keys=one_item(item)
        )
    if backend.table_key is not None:
        keys = through_dynamodb(backend.region, backend.table, backend.account)
        yield _kms(purpose, "Decrypt", backend.table_key, keys, known=True)


def _kms(purpose: Purpose, verb: str, key: str, keys: Keys, *, known: bool) -> TerraformRequest:
    return TerraformRequest(
        purpose=purpose,
        action=f"kms:{verb}",
        resource=key,
        keys=keys,
        absent=("kms:GrantIsForAWSResource", *(("kms:EncryptionContext:*",) if known else ())),
    )

"""What a bucket is: every setting of the state buckets and of the log buckets."""

from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.lifecycle import LifecycleRule, log_bucket_rules, state_bucket_rules
from blueprint.names import audit_bucket_name, bucket_arn, log_bucket_name, state_bucket_of
from settings.audit import AuditTrail
from settings.model import Encryption, Settings


@dataclass(frozen=True, kw_only=True)
class AccessLogging:
    """Where a bucket's access logs go.

    :param bucket: the name of the log bucket, in the same region.
    :param prefix: the first part of the keys there; S3 adds account, region, bucket and date.
    """

    bucket: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """What a bucket is, but for its policy, which needs the key's ARN (:mod:`blueprint.bucket_policy`).

    Always so, and therefore no choice: versioned, owner-enforced (no ACLs), all public access blocked, SSE-C
    refused, a bucket key where the encryption is by a customer key.

    :param name: its name.
    :param arn: its ARN.
    :param region: where it is.
    :param encryption: what S3 encrypts with by default.
    :param rules: its lifecycle.
    :param logging: where its access logs go, if anywhere.
    :param tags: its tags.
    :param adopted: whether it was there before.
    :param kept: which settings are left as they were found, by what doctor calls them.
    """

    name: str
    arn: str
    region: str
    encryption: Encryption
    rules: tuple[LifecycleRule, ...]
    logging: AccessLogging | None
    tags: Mapping[str, str]
    adopted: bool = False
    kept: frozenset[str] = frozenset()


BLOCKED_ENCRYPTION_TYPES = ("SSE-C",)
"""Set explicitly: S3 sets it on new buckets by itself, and an unset value would show as a difference forever."""


def state_bucket(settings: Settings, region: str) -> Bucket:
    """The state bucket of one region; the replica is hardened exactly as the first."""
    name = state_bucket_of(settings, region)
    logs = log_bucket_name(settings.name_prefix, settings.account_id, region)
    return Bucket(
        name=name,
        arn=bucket_arn(name, region),
        region=region,
        encryption=settings.encryption,
        rules=state_bucket_rules(settings),
        logging=AccessLogging(bucket=logs, prefix="s3/") if settings.access_logs else None,
        tags=settings.tags,
        adopted=settings.adopted_in(region) is not None,
        kept=settings.kept_in(region),
    )


def log_bucket(settings: Settings, region: str) -> Bucket:
    """The log bucket of one region.

    SSE-S3, so that log delivery needs no grant on the key of the states; no logs of its own, which would loop.
    """
    name = log_bucket_name(settings.name_prefix, settings.account_id, region)
    return Bucket(
        name=name,
        arn=bucket_arn(name, region),
        region=region,
        encryption=Encryption.AES256,
        rules=log_bucket_rules(settings.access_log_days),
        logging=None,
        tags=settings.tags,
    )


def audit_bucket(settings: Settings, audit: AuditTrail) -> Bucket:
    """The bucket of the audit trail, in the first region, under the trail's own key."""
    name = audit_bucket_name(settings.name_prefix, settings.account_id, settings.region)
    logs = log_bucket_name(settings.name_prefix, settings.account_id, settings.region)
    return Bucket(
        name=name,
        arn=bucket_arn(name, settings.region),
        region=settings.region,
        encryption=Encryption.KMS,
        rules=log_bucket_rules(audit.days),
        logging=AccessLogging(bucket=logs, prefix="audit/") if settings.access_logs else None,
        tags=settings.tags,
    )

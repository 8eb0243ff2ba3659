"""How states reach the other region: everything, delete markers too, under that region's own key.

Version deletions never replicate, so what is deleted for good in one region is still in the other. Where it goes
both ways nothing goes round in circles: S3 does not replicate what came by replication, and of replicas it carries
back no more than changes of tags and the like (replica modification sync, which has to be on both ways).
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.batch_replication import BatchRole, batch_role
from blueprint.bucket import Bucket
from blueprint.names import replication_role_name, service_host
from blueprint.policy_document import PolicyDocument, Statement, policy
from blueprint.replication_alarms import ReplicationAlarm, replication_alarms
from settings.model import Settings, Ways

RULE_ID = "replicate-everything"
"""The one rule of the replication configuration."""


@dataclass(frozen=True, kw_only=True)
class Replication:
    """What replication from one region to the other is.

    :param source: the state bucket that is replicated.
    :param destination: the state bucket that it is replicated to.
    :param role_name: the role that S3 replicates as.
    :param trust_policy: who may assume it: S3, for this bucket of this account.
    :param replica_modifications: whether it goes both ways, so that changes of replicas' tags go back.
    :param batch_role: the role that brings over what was missed.
    :param alarms: what someone should hear of.
    :param tags: the tags of roles and alarms.
    """

    source: Bucket
    destination: Bucket
    role_name: str
    trust_policy: PolicyDocument
    replica_modifications: bool
    batch_role: BatchRole
    alarms: tuple[ReplicationAlarm, ...]
    tags: Mapping[str, str]


def replication(settings: Settings, source: Bucket, destination: Bucket) -> Replication:
    """Replication from ``source`` to ``destination``."""
    return Replication(
        source=source,
        destination=destination,
        role_name=replication_role_name(settings.name_prefix, source.region),
        trust_policy=policy(
            {
                "Sid": "AssumeForTheStateBucket",
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "ArnEquals": {"aws:SourceArn": source.arn},
                    "StringEquals": {"aws:SourceAccount": settings.account_id},
                },
            }
        ),
        replica_modifications=settings.replication is Ways.TWO_WAY,
        batch_role=batch_role(settings, source),
        alarms=replication_alarms(settings, source, destination, rule_id=RULE_ID),
        tags=settings.tags,
    )


def replication_policy(
    plan: Replication, *, source_key_arn: str | None, destination_key_arn: str | None
) -> PolicyDocument:
    """What the replication role may do: read versions here, write replicas there, and no more.

    :param source_key_arn: the key of the source's region; ``None`` with AES256.
    :param destination_key_arn: the key of the destination's region; ``None`` with AES256.
    """
    statements: list[Statement] = [
        {
            "Sid": "ReadReplicationConfiguration",
            "Effect": "Allow",
            "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
            "Resource": plan.source.arn,
        },
        {
            "Sid": "ReadSourceVersions",
            "Effect": "Allow",
            "Action": [
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ],
            "Resource": f"{plan.source.arn}/*",
        },
        {
            "Sid": "WriteReplicas",
            "Effect": "Allow",
            "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
            "Resource": f"{plan.destination.arn}/*",
        },
    ]
    if source_key_arn is not None and destination_key_arn is not None:
        statements += [
            _key_use("DecryptSource", ["kms:Decrypt"], source_key_arn, plan.source),
            _key_use(
                "EncryptReplicas", ["kms:Encrypt", "kms:GenerateDataKey"], destination_key_arn, plan.destination
            ),
        ]
    return policy(*statements)


def _key_use(sid: str, actions: list[str], key_arn: str, bucket: Bucket) -> Statement:
    """Use of a key through S3, for one bucket alone.

    With a bucket key the encryption context is the bucket's ARN, without one (objects from before it was on)
    the object's, hence both (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html).
    """
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": key_arn,
        "Condition": {
            "StringEquals": {"kms:ViaService": service_host("s3", bucket.region)},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket.arn, f"{bucket.arn}/*"]},
        },
    }

"""The role that jobs of S3 Batch Replication run as, by which ``statectl replication backfill`` brings over what
live replication missed.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html
"""

from dataclasses import dataclass

from blueprint.bucket import Bucket
from blueprint.names import batch_replication_role_name
from blueprint.policy_document import PolicyDocument, policy
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class BatchRole:
    """The role for the jobs on one bucket that is replicated from.

    :param name: its name.
    :param description: what it is for.
    :param trust_policy: who may become it: S3 Batch Operations, for this account.
    :param policy: what it may do.
    """

    name: str
    description: str
    trust_policy: PolicyDocument
    policy: PolicyDocument


def batch_role(settings: Settings, source: Bucket) -> BatchRole:
    """The role for the jobs on ``source``.

    It has replication start, and lets S3 list what is to be replicated. It reads and writes no object and uses no
    key, since replication does so as its own role: the bucket's policy keeps it from states like any stranger. A
    job can keep neither its list nor a report in the bucket, which S3 encrypts with keys of its own, and a bucket
    under a customer key refuses. What a job did shows in the status of each version.
    """
    return BatchRole(
        name=batch_replication_role_name(settings.name_prefix, source.region),
        description=f"Starts replication of what {source.name} has that was never replicated",
        trust_policy=policy(
            {
                "Sid": "AssumeForBatchJobs",
                "Effect": "Allow",
                "Principal": {"Service": "batchoperations.s3.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": settings.account_id}},
            }
        ),
        policy=policy(
            {
                "Sid": "StartReplication",
                "Effect": "Allow",
                "Action": "s3:InitiateReplication",
                "Resource": f"{source.arn}/*",
            },
            {
                "Sid": "ListWhatToReplicate",
                "Effect": "Allow",
                "Action": ["s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"],
                "Resource": source.arn,
            },
        ),
    )

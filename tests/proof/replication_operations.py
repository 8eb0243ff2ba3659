"""What replication does, and what its role may not do."""

from tests.proof.calls import call, key_through_s3, object_arn
from tests.proof.operation import Group, Operation

REPLICATION = Group(
    title="Replication",
    operations=[
        Operation(
            name="replicate a state to the second region",
            requests=lambda a, c: [
                call(c, "s3:GetReplicationConfiguration", a.primary.bucket),
                call(c, "s3:ListBucket", a.primary.bucket),
                call(c, "s3:GetObjectVersionForReplication", object_arn(a.primary.bucket, c.own)),
                key_through_s3(c, "kms:Decrypt", a.primary),
                call(c, "s3:ReplicateObject", object_arn(a.replica.bucket, c.own)),
                key_through_s3(c, "kms:Encrypt", a.replica),
            ],
        ),
        Operation(
            name="replicate a delete marker",
            requests=lambda a, c: [call(c, "s3:ReplicateDelete", object_arn(a.replica.bucket, c.own))],
        ),
        Operation(
            name="replicate tags",
            requests=lambda a, c: [call(c, "s3:ReplicateTags", object_arn(a.replica.bucket, c.own))],
        ),
        Operation(
            name="start replication of what was missed",
            requests=lambda a, c: [call(c, "s3:InitiateReplication", object_arn(a.primary.bucket, c.own))],
        ),
        Operation(
            name="start replication of what is in the second region",
            requests=lambda a, c: [call(c, "s3:InitiateReplication", object_arn(a.replica.bucket, c.own))],
        ),
        Operation(
            name="list what is to be replicated",
            requests=lambda a, c: [
                call(c, "s3:GetReplicationConfiguration", a.primary.bucket),
                call(c, "s3:PutInventoryConfiguration", a.primary.bucket),
            ],
        ),
        Operation(
            name="list what is to be replicated from the second region",
            requests=lambda a, c: [call(c, "s3:PutInventoryConfiguration", a.replica.bucket)],
        ),
        Operation(
            name="read the second region for replication",
            requests=lambda a, c: [
                call(c, "s3:GetObjectVersionForReplication", object_arn(a.replica.bucket, c.own))
            ],
        ),
        Operation(
            name="replicate into the first region",
            requests=lambda a, c: [call(c, "s3:ReplicateObject", object_arn(a.primary.bucket, c.own))],
        ),
        Operation(
            name="write a state into the second region by hand",
            requests=lambda a, c: [call(c, "s3:PutObject", object_arn(a.replica.bucket, c.own))],
        ),
    ],
)

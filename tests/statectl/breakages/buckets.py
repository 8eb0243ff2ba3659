"""Changes to buckets, to replication and to the account's public access block."""

from tests.statectl.breakages.account import OWNER, STRANGER, Breakage, changed, with_, without

NETWORK = "lockfile-prod/network"
OPEN_BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False}
CLOSED_BLOCK = {**OPEN_BLOCK, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}

BUCKETS = [
    Breakage(
        id="bucket.versioning",
        setting="versioning",
        region="eu-west-1",
        resource="eu-west-1",
        change=lambda account: account.put(
            "s3",
            "put_bucket_versioning",
            {"VersioningConfiguration": {"Status": "Enabled"}},
            {"VersioningConfiguration": {"Status": "Suspended"}},
            Bucket=account.replica_logs_bucket,
            _region="eu-west-1",
        ),
    ),
    Breakage(
        id="bucket.policy",
        setting="policy: DenyInsecureTransport",
        change=lambda account: account.bucket_policy(without("DenyInsecureTransport")),
    ),
    Breakage(
        id="bucket.policy",
        setting="policy: AllowStranger",
        change=lambda account: account.bucket_policy(
            with_({**STRANGER, "Resource": f"arn:aws:s3:::{account.bucket}/*"})
        ),
    ),
    Breakage(
        id="bucket.policy",
        setting="policy: DenyStrangers",
        change=lambda account: account.bucket_policy(
            changed("DenyStrangers", lambda one: one["Condition"]["ArnNotLike"]["aws:PrincipalArn"].append("*"))
        ),
    ),
    Breakage(id="bucket.policy", setting="policy", change=lambda account: account.no_bucket_policy()),
    Breakage(
        id="bucket.public-access",
        setting="public-access",
        change=lambda account: account.put(
            "s3",
            "put_public_access_block",
            {"PublicAccessBlockConfiguration": CLOSED_BLOCK},
            {"PublicAccessBlockConfiguration": OPEN_BLOCK},
            Bucket=account.bucket,
        ),
    ),
    Breakage(
        id="bucket.lifecycle",
        setting=f"lifecycle: {NETWORK}",
        change=lambda account: account.lifecycle(without(NETWORK, "ID")),
    ),
    Breakage(
        id="bucket.lifecycle",
        setting="lifecycle: eat-everything",
        change=lambda account: account.lifecycle(
            with_(
                {"ID": "eat-everything", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
            )
        ),
    ),
    Breakage(
        id="bucket.lifecycle",
        setting="lifecycle: noncurrent-versions",
        change=lambda account: account.lifecycle(
            changed(
                "noncurrent-versions",
                lambda rule: rule["NoncurrentVersionExpiration"].update(NoncurrentDays=31),
                "ID",
            )
        ),
    ),
    Breakage(
        id="bucket.logging",
        setting="logging",
        change=lambda account: account.put(
            "s3",
            "put_bucket_logging",
            {
                "BucketLoggingStatus": {
                    "LoggingEnabled": {
                        "TargetBucket": account.logs_bucket,
                        "TargetPrefix": "s3/",
                        "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
                    }
                }
            },
            {"BucketLoggingStatus": {}},
            Bucket=account.bucket,
        ),
    ),
    Breakage(
        id="bucket.encryption",
        setting="encryption",
        change=lambda account: account.encryption(
            lambda rule: rule.update(ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"})
        ),
    ),
    Breakage(
        id="bucket.bucket-key",
        setting="bucket-key",
        change=lambda account: account.encryption(lambda rule: rule.update(BucketKeyEnabled=False)),
    ),
    Breakage(
        id="bucket.blocked-encryption",
        setting="blocked-encryption",
        change=lambda account: account.encryption(
            lambda rule: rule.update(BlockedEncryptionTypes={"EncryptionType": ["NONE"]})
        ),
    ),
    Breakage(
        id="bucket.ownership",
        setting="ownership",
        change=lambda account: account.put(
            "s3",
            "put_bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
            Bucket=account.bucket,
        ),
    ),
    Breakage(
        id="bucket.tags",
        setting="tags: owner",
        change=lambda account: account.do(
            "s3",
            ("delete_bucket_tagging", {"Bucket": account.bucket}),
            ("put_bucket_tagging", {"Bucket": account.bucket, "Tagging": {"TagSet": OWNER}}),
        ),
    ),
    Breakage(
        id="account.public-access",
        setting="public-access",
        region="global",
        change=lambda account: account.put(
            "s3control",
            "put_public_access_block",
            {"PublicAccessBlockConfiguration": CLOSED_BLOCK},
            {"PublicAccessBlockConfiguration": OPEN_BLOCK},
            AccountId=account.number,
        ),
    ),
    Breakage(
        id="replication.rules",
        setting="rules: replicate-everything",
        change=lambda account: account.replication(lambda given: given["Rules"][0].update(Status="Disabled")),
    ),
    Breakage(
        id="replication.rules",
        setting="rules: replicate-everything",
        region="eu-west-1",
        resource="eu-west-1",
        change=lambda account: account.replication(
            lambda given: given["Rules"][0]["SourceSelectionCriteria"].pop("ReplicaModifications"),
            region="eu-west-1",
        ),
    ),
    Breakage(
        id="replication.role",
        setting="role",
        change=lambda account: account.replication(
            lambda given: given.update(Role=f"arn:aws:iam::{account.number}:role/reviewer")
        ),
    ),
]

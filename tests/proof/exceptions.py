"""What does not come out as one would expect, each with its reason; tests hold these lists to be exact."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Calls on which the two evaluators differ, and what AWS's documentation says.

    :param caller: the column.
    :param actions: the calls.
    :param says: what each evaluator says, and why.
    :param source: where AWS decides it; the first evaluator goes with it.
    """

    caller: str
    actions: tuple[str, ...]
    says: str
    source: str


_ACROSS_ACCOUNTS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html"
)

DIFFERENCES = (
    Difference(
        caller="another account",
        actions=(
            "dynamodb:DeleteItem",
            "dynamodb:DeleteTable",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Scan",
            "dynamodb:UpdateItem",
        ),
        says="The lock table has no policy of its own. Principal Mapper then asks the caller's IAM alone and "
        "allows, whosever the table is. AWS denies: across accounts both sides have to allow. The emulator's "
        "evaluator denies",
        source=_ACROSS_ACCOUNTS,
    ),
    Difference(
        caller="another account",
        actions=(
            *("cloudtrail:GetTrail", "cloudtrail:StopLogging"),
            *("cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms"),
            *("cloudwatch:GetMetricStatistics", "cloudwatch:PutMetricData"),
            *("dynamodb:DescribeTable", "dynamodb:UpdateTable"),
            *("iam:AddClientIDToOpenIDConnectProvider", "iam:AttachRolePolicy", "iam:CreatePolicyVersion"),
            *("iam:GetOpenIDConnectProvider", "iam:GetPolicyVersion", "iam:GetRole"),
            *("iam:ListAttachedRolePolicies", "iam:UpdateAssumeRolePolicy"),
            *("logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:DescribeLogGroups"),
            *("logs:FilterLogEvents", "logs:ListTagsForResource", "logs:TagResource"),
            *("s3:GetAccountPublicAccessBlock", "s3:GetBucketPolicy", "s3:ListBucket"),
            "s3:PutAccountPublicAccessBlock",
        ),
        says="The same of what else has no policy: roles, policies, issuers, trail, log groups, alarms, metrics, "
        "the account, and a bucket that is not the stack's",
        source=_ACROSS_ACCOUNTS,
    ),
)

_ONE_BUCKET = "A bucket's policy speaks of that bucket alone, and "
_THROUGH = (
    "The key's policy already takes calls through S3 and DynamoDB alone, and neither sends the other's encryption "
    "context. It bounds the role still should the key's policy be loosened"
)
_STANDING_BY = "Only in the second region, where DenyWritesWhileStandby refuses it until a failover: "
UNCHANGING: dict[tuple[str, str], str] = {
    ("UseKeyThroughS3", "without StringEquals kms:ViaService"): _THROUGH,
    ("UseKeyThroughDynamoDB", "without StringEquals kms:ViaService"): _THROUGH,
    ("DecryptStates", "without StringEquals kms:ViaService"): _THROUGH,
    ("DecryptTableLocks", "without StringEquals kms:ViaService"): _THROUGH,
    ("EncryptStates", "without StringEquals kms:ViaService"): _THROUGH,
    ("DecryptSource", "without StringEquals kms:ViaService"): _THROUGH,
    ("EncryptReplicas", "without StringEquals kms:ViaService"): _THROUGH,
    ("DenyCustomerProvidedKey", "Resource to *"): f"{_ONE_BUCKET}`s3:PutObject` is about objects",
    ("DenyForeignKey", "Resource to *"): f"{_ONE_BUCKET}`s3:PutObject` is about objects",
    ("DenyUnnamedKey", "Resource to *"): f"{_ONE_BUCKET}`s3:PutObject` is about objects",
    ("DenyOtherEncryption", "Resource to *"): f"{_ONE_BUCKET}`s3:PutObject` is about objects",
    ("AllowLogDelivery", "Resource to *"): f"{_ONE_BUCKET}`s3:PutObject` is about objects",
    ("DenyTampering", "Resource to *"): f"{_ONE_BUCKET}these actions are about objects",
    ("AllowTrailToLook", "Resource to *"): f"{_ONE_BUCKET}`s3:GetBucketAcl` is about buckets",
    ("DenySettingsChange", "Resource to *"): f"{_ONE_BUCKET}these actions are about buckets",
    ("DenySettingsChangeWithoutMfa", "Resource to *"): f"{_ONE_BUCKET}these actions are about buckets",
    ("DenySettingsChangeOnOldMfa", "Resource to *"): f"{_ONE_BUCKET}these actions are about buckets",
    ("DenyWritesWhileStandby", "Resource to *"): f"{_ONE_BUCKET}these actions are about objects",
    ("DenyReplicasWhileActive", "Resource to *"): f"{_ONE_BUCKET}these actions are about objects",
    (
        "DenyUnlocksWhileStandby",
        "Resource to *",
    ): "DenyWritesWhileStandby refuses to delete states already, and whom it binds may delete nothing else",
    ("DenyStrangers", "without s3:DeleteObject*"): f"{_STANDING_BY}`s3:DeleteObject`",
    ("DenyStrangers", "without s3:PutObject*"): f"{_STANDING_BY}`s3:PutObject`",
    (
        "StartReplication",
        "Action to s3:*",
    ): "DenyStrangers keeps the role from all that is in the bucket. This keeps it from there too where the stack "
    "names no administrators, and so no strangers",
    (
        "DenyStrangers",
        "without BoolIfExists aws:PrincipalIsAWSService",
    ): "No statement lets a service of AWS into a state bucket as itself, so there is none to keep from being "
    "taken for a stranger. It holds the door for one that is let in later",
    (
        "DenyStrangers",
        "without s3:UpdateObjectEncryption",
    ): "DenyDestruction refuses it already where the stack names break-glass; this holds where it names none",
    (
        "GrantToTheLockTable",
        "Action to kms:*",
    ): "Besides `kms:CreateGrant` the condition key is known to `kms:ListGrants` and `kms:RevokeGrant` alone, "
    "which AdministerThroughIam allows",
}
"""Mutants by Sid and change under which every cell comes out the same."""

LINT: dict[tuple[str, str, str], str] = {
    (
        "trust",
        "MALFORMED",
        "Statement contains neither Resource nor NotResource",
    ): "A trust policy has no Resource; Parliament reads it as a role's own policy",
    (
        "trust",
        "UNKNOWN_FEDERATION_SOURCE",
        "oidc-provider",
    ): "It knows SAML providers and a few others; the provider is the account's own, for OpenID Connect",
    (
        "policy of",
        "RESOURCE_MISMATCH",
        "arn:*:s3:::*/*",
    ): "It takes a colon in an object's name, of `env:/` or of a policy variable, for one of the ARN's",
    (
        "policy of operate-read-settings",
        "RESOURCE_MISMATCH",
        "dynamodb:GetResourcePolicy",
    ): "A table has a policy as a stream has; it knows of the stream's alone",
    (
        "policy of operate-read-settings",
        "RESOURCE_MISMATCH",
        "logs:DescribeLogGroups",
    ): "AWS takes the log groups of a region and account for it, which is less than `*`",
    (
        "state bucket",
        "MISMATCHED_TYPE_BUT_USABLE",
        "StringNotEquals requires a value of type String but given Arn",
    ): "The key's ARN is compared as a whole, as AWS's own examples do",
    ("bucket", "UNKNOWN_ACTION", "s3:UpdateObjectEncryption"): "Newer than Parliament's list of actions",
    ("key", "RESOURCE_STAR", "kms:"): "In a key's policy `*` is that key",
    (
        "key",
        "PERMISSIONS_MANAGEMENT_ACTIONS",
        "",
    ): "A key's policy has to let its administrators administer, or nobody could",
    (
        "audit key",
        "MISMATCHED_TYPE",
        "ArnEquals requires a value of type Arn but given String",
    ): "As AWS writes it for a log group, whose ARN is in the encryption context",
}
"""What Parliament finds, by a part of the policy's title, issue and a part of what it says."""

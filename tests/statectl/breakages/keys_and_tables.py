"""Changes to keys and lock tables."""

from tests.statectl.breakages.account import OWNER, STRANGER, Breakage, with_

KEYS_AND_TABLES = [
    Breakage(id="key.alias", setting="alias", change=lambda account: account.alias_elsewhere()),
    Breakage(
        id="key.rotation",
        setting="rotation",
        change=lambda account: account.do(
            "kms",
            ("disable_key_rotation", {"KeyId": account.key}),
            ("enable_key_rotation", {"KeyId": account.key}),
        ),
    ),
    Breakage(
        id="key.policy",
        setting="policy: AllowStranger",
        change=lambda account: account.key_policy(with_({**STRANGER, "Action": "kms:Decrypt", "Resource": "*"})),
    ),
    Breakage(
        id="key.state",
        setting="state",
        change=lambda account: account.do(
            "kms", ("disable_key", {"KeyId": account.key}), ("enable_key", {"KeyId": account.key})
        ),
    ),
    Breakage(
        id="key.description",
        setting="description",
        change=lambda account: account.put(
            "kms",
            "update_key_description",
            {"Description": "Terraform state of acme in eu-central-1"},
            {"Description": "nobody knows"},
            KeyId=account.key,
        ),
    ),
    Breakage(
        id="key.tags",
        setting="tags: owner",
        change=lambda account: account.do(
            "kms",
            ("untag_resource", {"KeyId": account.key, "TagKeys": ["owner"]}),
            ("tag_resource", {"KeyId": account.key, "Tags": [{"TagKey": "owner", "TagValue": "platform"}]}),
        ),
    ),
    Breakage(
        id="table.recovery",
        setting="recovery",
        change=lambda account: account.put(
            "dynamodb",
            "update_continuous_backups",
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
            TableName=account.table,
        ),
    ),
    Breakage(
        id="table.deletion-protection",
        setting="deletion-protection",
        change=lambda account: account.put(
            "dynamodb",
            "update_table",
            {"DeletionProtectionEnabled": True},
            {"DeletionProtectionEnabled": False},
            TableName=account.table,
        ),
    ),
    Breakage(
        id="table.billing",
        setting="billing",
        change=lambda account: account.put(
            "dynamodb",
            "update_table",
            {"BillingMode": "PAY_PER_REQUEST"},
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            },
            TableName=account.table,
        ),
    ),
    Breakage(
        id="table.encryption",
        setting="encryption",
        change=lambda account: account.put(
            "dynamodb",
            "update_table",
            {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": account.key}},
            {"SSESpecification": {"Enabled": False}},
            TableName=account.table,
        ),
    ),
    Breakage(
        id="table.tags",
        setting="tags: owner",
        change=lambda account: account.do(
            "dynamodb",
            ("untag_resource", {"ResourceArn": account.table_arn, "TagKeys": ["owner"]}),
            ("tag_resource", {"ResourceArn": account.table_arn, "Tags": OWNER}),
        ),
    ),
]

"""What is promised of a lock table."""

from blueprint.lock_table import HASH_KEY, LockTable
from blueprint.promise.resource import Kind, Promise, unless_kept
from blueprint.promise.rule import Rule
from settings.model import Encryption

RULES = (
    Rule(id="table.arn", title="The lock table is this account's and this region's"),
    Rule(id="table.key", title="The table's key is the one that Terraform demands"),
    Rule(
        id="table.billing",
        title="The table is on demand, so that no lock waits for capacity",
        controls=("CKV2_AWS_16", "dynamodb_table_autoscaling_enabled", "DynamoDB.1"),
    ),
    Rule(
        id="table.recovery",
        title="The table can be restored to any moment",
        controls=("CKV_AWS_28", "dynamodb_tables_pitr_enabled", "DynamoDB.2"),
    ),
    Rule(
        id="table.encryption",
        title="The table is encrypted under the region's key",
        controls=("CKV_AWS_119", "dynamodb_tables_kms_cmk_encryption_enabled"),
    ),
    Rule(
        id="table.deletion-protection",
        title="DynamoDB refuses to delete the table",
        controls=("dynamodb_table_deletion_protection_enabled", "DynamoDB.6"),
    ),
    Rule(id="table.replicas", title="The table is no global table, which would exclude nobody"),
)
"""What each setting is called, and how it is compared."""


def promised_table(plan: LockTable, key_arn: str | None) -> Promise:
    """A lock table.

    :param key_arn: the region's key, which encrypts it unless DynamoDB's own does.
    """
    return Promise(
        kind=Kind.TABLE,
        name=plan.name,
        region=plan.region,
        settings=unless_kept(
            Kind.TABLE,
            {
                "arn": plan.arn,
                "key": {
                    "KeySchema": [{"AttributeName": HASH_KEY, "KeyType": "HASH"}],
                    "AttributeDefinitions": [{"AttributeName": HASH_KEY, "AttributeType": "S"}],
                },
                "billing": "PAY_PER_REQUEST",
                "recovery": "ENABLED",
                "encryption": key_arn if plan.encryption is Encryption.KMS else None,
                "deletion-protection": plan.deletion_protection,
                "replicas": [],
                "tags": dict(plan.tags),
            },
            plan.kept,
        ),
    )

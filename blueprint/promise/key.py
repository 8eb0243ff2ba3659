"""What is promised of a customer-managed key."""

from blueprint.encryption_key import EncryptionKey
from blueprint.promise.resource import Kind, Promise, known, unless_kept
from blueprint.promise.rule import Comparison, Rule
from blueprint.promise.statements import as_plain

RULES = (
    Rule(id="key.alias", title="The alias leads to the key that encrypts the states"),
    Rule(
        id="key.state",
        title="The key is enabled, a customer's own, and of one region",
        controls=(
            *("CKV_AWS_227", "kms_cmk_are_used", "kms_cmk_not_deleted_unintentionally"),
            *("kms_cmk_not_multi_region", "KMS.3"),
        ),
    ),
    Rule(id="key.description", title="The key says what it is for"),
    Rule(
        id="key.rotation",
        title="KMS makes new key material every year",
        controls=("CKV_AWS_7", "kms_cmk_rotation_enabled", "KMS.4"),
    ),
    Rule(
        id="key.policy",
        title="The key's policy is the stack's",
        comparison=Comparison.STATEMENTS,
        controls=("CKV_AWS_33", "CKV2_AWS_64", "kms_key_not_publicly_accessible", "KMS.5"),
    ),
)
"""What each setting is called, and how it is compared."""


def promised_key(plan: EncryptionKey, arn: str | None = None) -> Promise:
    """A key and its alias.

    The deletion window is no setting of a key that stands: KMS is told it with the order to delete.

    :param arn: its ARN, which the alias must lead to; where it is not known the alias says which key is meant.
    """
    leads_to = {"alias": known(arn)} if known(arn) else {}
    return Promise(
        kind=Kind.KEY,
        name=plan.alias,
        region=plan.region,
        handle=known(arn) or "",
        settings=unless_kept(
            Kind.KEY,
            {
                **leads_to,
                "state": {"KeyState": "Enabled", "KeyManager": "CUSTOMER", "MultiRegion": False},
                "description": plan.description,
                "rotation": plan.rotation,
                "policy": as_plain(plan.policy),
                "tags": dict(plan.tags),
            },
            plan.kept,
        ),
    )

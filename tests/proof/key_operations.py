"""What is tried with the keys."""

from collections.abc import Callable

from tests.proof.account import Account, Region
from tests.proof.calls import call, key_through_dynamodb, key_through_s3
from tests.proof.operation import Group, Operation
from tests.proof.request import Caller, Context, Request

Where = Callable[[Account], Region]
FOR_AWS = "kms:GrantIsForAWSResource"


def _operations(where: Where) -> list[Operation]:
    def key(action: str, via: str | None = None, **more: str) -> Callable[[Account, Caller], list[Request]]:
        def requests(account: Account, caller: Caller) -> list[Request]:
            region = where(account)
            context: Context = {} if via is None else {"kms:ViaService": f"{via}.{region.code}.amazonaws.com"}
            return [call(caller, action, region.key, {**context, **({FOR_AWS: "true"} if more else {})})]

        return requests

    return [
        Operation(
            name="decrypt by hand",
            requests=lambda a, c: [
                call(c, "kms:Decrypt", where(a).key, {"kms:EncryptionContext:aws:s3:arn": where(a).bucket})
            ],
        ),
        Operation(name="make a data key by hand", requests=key("kms:GenerateDataKey")),
        Operation(name="decrypt through S3", requests=lambda a, c: [key_through_s3(c, "kms:Decrypt", where(a))]),
        Operation(name="encrypt through S3", requests=lambda a, c: [key_through_s3(c, "kms:Encrypt", where(a))]),
        Operation(
            name="make a data key through S3",
            requests=lambda a, c: [key_through_s3(c, "kms:GenerateDataKey", where(a))],
        ),
        Operation(
            name="decrypt through S3 for another bucket",
            requests=lambda a, c: [key_through_s3(c, "kms:Decrypt", where(a), bucket="arn:aws:s3:::another")],
        ),
        Operation(
            name="make a data key through S3 for another bucket",
            requests=lambda a, c: [
                key_through_s3(c, "kms:GenerateDataKey", where(a), bucket="arn:aws:s3:::another")
            ],
        ),
        Operation(
            name="decrypt under a foreign key through S3",
            requests=lambda a, c: [key_through_s3(c, "kms:Decrypt", where(a), key=where(a).other_key)],
        ),
        Operation(
            name="make a data key of a foreign key through S3",
            requests=lambda a, c: [key_through_s3(c, "kms:GenerateDataKey", where(a), key=where(a).other_key)],
        ),
        Operation(
            name="decrypt through DynamoDB for another table",
            requests=lambda a, c: [key_through_dynamodb(c, "kms:Decrypt", where(a), a.id, table="another")],
        ),
        Operation(
            name="decrypt through DynamoDB for a table of that name elsewhere",
            requests=lambda a, c: [key_through_dynamodb(c, "kms:Decrypt", where(a), "999999999999")],
        ),
        Operation(
            name="decrypt under a foreign key through DynamoDB",
            requests=lambda a, c: [key_through_dynamodb(c, "kms:Decrypt", where(a), a.id, key=where(a).other_key)],
        ),
        Operation(
            name="make a data key through DynamoDB",
            requests=lambda a, c: [key_through_dynamodb(c, "kms:GenerateDataKey", where(a), a.id)],
        ),
        Operation(name="put a table under the key", requests=key("kms:CreateGrant", "dynamodb", for_aws="true")),
        Operation(name="grant the key by hand", requests=key("kms:CreateGrant")),
        Operation(name="grant the key to a volume", requests=key("kms:CreateGrant", "ec2", for_aws="true")),
        Operation(
            name="grant the key through DynamoDB to somebody else", requests=key("kms:CreateGrant", "dynamodb")
        ),
        Operation(name="grant the key through S3", requests=key("kms:CreateGrant", "s3")),
        Operation(name="read the key's policy", requests=key("kms:GetKeyPolicy")),
        Operation(name="change the key's policy", requests=key("kms:PutKeyPolicy")),
        Operation(name="stop the rotation", requests=key("kms:DisableKeyRotation")),
        Operation(name="disable the key", requests=key("kms:DisableKey")),
        Operation(name="schedule the key's deletion", requests=key("kms:ScheduleKeyDeletion")),
        Operation(name="cancel the key's deletion", requests=key("kms:CancelKeyDeletion")),
    ]


KEY = Group(title="The key", operations=_operations(lambda a: a.primary))
AUDIT_KEY = Group(title="The audit trail's key", operations=_operations(lambda a: a.audit))
REPLICA_KEY = Group(title="The key of the second region", operations=_operations(lambda a: a.replica))

"""The ARN of a region's key, for whoever has no outputs of the stack: AWS alone chooses its id."""

from blueprint.encryption_key import EncryptionKey
from settings.model import Settings
from settings.regions import partition_of
from statectl.session import Session
from statectl.talk import say


def key_arn(session: Session, settings: Settings, key: EncryptionKey) -> str | None:
    """The ARN of the key behind the alias, as KMS tells it; ``None``, and why, where it does not.

    The alias is asked for by its ARN, so that credentials of another account find no key of that account.
    """
    from store.failures import StoreFailureError, explained  # noqa: PLC0415 (loads boto3)

    alias = f"arn:{partition_of(key.region).name}:kms:{key.region}:{settings.account_id}:{key.alias}"
    try:
        kms = session.clients.of("kms", key.region)
        with explained("kms:DescribeKey", alias):
            return str(kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    except StoreFailureError as error:
        say(f"{session.backend.source}: the key is not known: {error}")
        say(
            "So encrypt and kms_key_id are left out, and the bucket encrypts under its key by default. Do not add "
            "encrypt alone: it asks for AES256, which the bucket refuses."
        )
        return None

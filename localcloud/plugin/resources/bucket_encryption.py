"""`aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration`."""

from localcloud.plugin import codecs
from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.shape import Leaf, Many, Record


class BucketEncryption(BucketSetting):
    """How the bucket encrypts what comes without a wish of its own, and what it refuses."""

    resource_type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    put, get, remove = "put_bucket_encryption", "get_bucket_encryption", "delete_bucket_encryption"
    argument = "ServerSideEncryptionConfiguration"
    missing = ("ServerSideEncryptionConfigurationNotFoundError",)
    properties = Record(
        fields={
            "bucket": Leaf(),
            "rules": Many(
                "Rules",
                Record(
                    fields={
                        "applyServerSideEncryptionByDefault": Record(
                            "ApplyServerSideEncryptionByDefault",
                            {"sseAlgorithm": Leaf("SSEAlgorithm"), "kmsMasterKeyId": Leaf("KMSMasterKeyID")},
                        ),
                        "blockedEncryptionTypes": Leaf(
                            "BlockedEncryptionTypes.EncryptionType", codec=codecs.SET, computed=True
                        ),
                        "bucketKeyEnabled": Leaf("BucketKeyEnabled", default=False),
                    }
                ),
            ),
        }
    )

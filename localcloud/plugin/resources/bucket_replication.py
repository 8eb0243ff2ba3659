"""`aws:s3/bucketReplicationConfig:BucketReplicationConfig`."""

from localcloud.plugin import codecs
from localcloud.plugin.resources.bucket_setting import BucketSetting
from localcloud.plugin.shape import Leaf, Many, Record

_STATUS = {"status": Leaf("Status")}
_MINUTES = {"minutes": Leaf("Minutes")}
_DESTINATION = {
    "bucket": Leaf("Bucket"),
    "account": Leaf("Account"),
    "accessControlTranslation": Record("AccessControlTranslation", {"owner": Leaf("Owner")}),
    "encryptionConfiguration": Record("EncryptionConfiguration", {"replicaKmsKeyId": Leaf("ReplicaKmsKeyID")}),
    "metrics": Record("Metrics", {**_STATUS, "eventThreshold": Record("EventThreshold", _MINUTES)}),
    "replicationTime": Record("ReplicationTime", {**_STATUS, "time": Record("Time", _MINUTES)}),
    "storageClass": Leaf("StorageClass"),
}
_RULE = {
    "id": Leaf("ID", computed=True),
    "status": Leaf("Status"),
    "priority": Leaf("Priority"),
    "prefix": Leaf("Prefix", computed=True),
    "filter": Record(
        "Filter",
        {
            "and": Record("And", {"prefix": Leaf("Prefix"), "tags": Leaf("Tags", codec=codecs.TAGS)}),
            "prefix": Leaf("Prefix", default=""),
            "tag": Record("Tag", {"key": Leaf("Key"), "value": Leaf("Value")}),
        },
    ),
    "destination": Record("Destination", _DESTINATION),
    "deleteMarkerReplication": Record("DeleteMarkerReplication", _STATUS),
    "existingObjectReplication": Record("ExistingObjectReplication", _STATUS),
    "sourceSelectionCriteria": Record(
        "SourceSelectionCriteria",
        {
            "replicaModifications": Record("ReplicaModifications", _STATUS),
            "sseKmsEncryptedObjects": Record("SseKmsEncryptedObjects", _STATUS),
        },
    ),
}


class BucketReplication(BucketSetting):
    """What of the bucket is copied where, by which role."""

    resource_type = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    put, get, remove = "put_bucket_replication", "get_bucket_replication", "delete_bucket_replication"
    argument = "ReplicationConfiguration"
    missing = ("ReplicationConfigurationNotFoundError",)
    properties = Record(
        fields={"bucket": Leaf(), "role": Leaf("Role"), "rules": Many("Rules", Record(fields=_RULE))}
    )

"""Backends as others make them, each with live states and old versions in it.

Made with boto3, call by call as the tool or the recipe makes them, since neither the modules nor Terragrunt can be
had here. Each takes the AWS provider's or the tool's own defaults. Sources, by function.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from localcloud.emulator import Emulator
from statectl.adopt.origin import Maker
from statefile.keys import digest_id
from tests.integration.deployment import client, root_credentials

REGION = "eu-central-1"
SECOND_REGION = "eu-west-1"
LINEAGE = "8a3f1c52-0d6e-4b7a-9c1d-2e5f7a9b4c60"
STATES = ("prod/network/terraform.tfstate", "dev/network/terraform.tfstate")
ACCOUNT = "100000000091"
ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A backend that was made.

    :param table: its lock table; ``None`` where the lockfile alone locks.
    :param key_arn: its customer key; ``None`` where it has none.
    """

    maker: Maker
    bucket: str
    table: str | None
    key_arn: str | None
    emulator: Emulator

    def versions(self) -> dict[tuple[str, str], bytes | None]:
        """Every version and delete marker there is, by key and version id, with its bytes."""
        s3 = _client(self.emulator, "s3", REGION)
        found: dict[tuple[str, str], bytes | None] = {}
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for one in page.get("Versions", ()):
                body = s3.get_object(Bucket=self.bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
                found[one["Key"], one["VersionId"]] = body
            for marker in page.get("DeleteMarkers", ()):
                found[marker["Key"], marker["VersionId"]] = None
        return found


@cache
def _client(emulator: Emulator, service: str, region: str) -> Any:
    """A client of the account's root, made once: that takes longer than most calls."""
    return client(emulator, service, region, root_credentials(ACCOUNT))


class Making:
    """Makes one backend."""

    def __init__(self, emulator: Emulator, maker: Maker) -> None:
        self._emulator = emulator
        self.maker = maker
        self.s3 = self.client("s3")
        self.dynamodb = self.client("dynamodb")
        self.kms = self.client("kms")

    def client(self, service: str, region: str = REGION) -> Any:
        return _client(self._emulator, service, region)

    def bucket(self, name: str, region: str = REGION, **more: Any) -> None:
        self.client("s3", region).create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": region}, **more
        )

    def versioned(self, name: str, region: str = REGION) -> None:
        self.client("s3", region).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def encrypted(self, name: str, region: str = REGION, *, bucket_key: bool = False, **default: str) -> None:
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}
        self.client("s3", region).put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )

    def blocked(self, name: str, region: str = REGION) -> None:
        self.client("s3", region).put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=ALL_BLOCKED)

    def tagged(self, name: str, tags: Mapping[str, str], region: str = REGION) -> None:
        self.client("s3", region).put_bucket_tagging(
            Bucket=name, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
        )

    def policy(self, name: str, *statements: Mapping[str, Any], region: str = REGION) -> None:
        document = {"Version": "2012-10-17", "Statement": statements}
        self.client("s3", region).put_bucket_policy(Bucket=name, Policy=json.dumps(document))

    def table(self, name: str, *, tags: Mapping[str, str] | None = None, **more: Any) -> None:
        tagged = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}
        self.dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            **{"BillingMode": "PAY_PER_REQUEST", **tagged, **more},
        )

    def key(self, description: str, tags: Mapping[str, str], region: str = REGION) -> str:
        kms = self.client("kms", region)
        made = kms.create_key(
            Description=description,
            Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()],
        )["KeyMetadata"]
        kms.enable_key_rotation(KeyId=made["KeyId"])
        return str(made["Arn"])

    def filled(self, bucket: str, table: str | None, key_arn: str | None = None, **encrypt: str) -> Backend:
        """The backend, after two writes of each state, and one lock that came and went.

        :param encrypt: what the backend's ``encrypt = true`` sends, where it must.
        """
        for key in STATES:
            for serial in (1, 2):
                body = state(serial)
                self.s3.put_object(Bucket=bucket, Key=key, Body=body, **encrypt)
                if table is not None:
                    item = {
                        "LockID": {"S": digest_id(bucket, key)},
                        "Digest": {"S": hashlib.md5(body, usedforsecurity=False).hexdigest()},
                    }
                    self.dynamodb.put_item(TableName=table, Item=item)
            if table is None:
                self.s3.put_object(
                    Bucket=bucket, Key=f"{key}.tflock", Body=b'{"ID":"gone"}', IfNoneMatch="*", **encrypt
                )
                self.s3.delete_object(Bucket=bucket, Key=f"{key}.tflock")
        return Backend(maker=self.maker, bucket=bucket, table=table, key_arn=key_arn, emulator=self._emulator)


def state(serial: int, *resources: tuple[str, str, dict[str, str]]) -> bytes:
    """A state as Terraform writes it.

    :param resources: type, name and attributes of each.
    """
    content = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": serial,
        "lineage": LINEAGE,
        "outputs": {"serial": {"value": serial, "type": "number"}},
        "resources": [
            {
                "mode": "managed",
                "type": type_,
                "name": name,
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
            }
            for type_, name, attributes in resources
        ],
        "check_results": None,
    }
    return json.dumps(content, indent=2).encode()


def by_hand(emulator: Emulator) -> Backend:
    """The recipe with the AWS CLI: a bucket, versioning, a table, and nothing else.

    Source: https://blog.jklug.work/posts/terraform-state-s3 and many like it.
    """
    making, name = Making(emulator, Maker.BY_HAND), "jkw-terraform-example"
    making.bucket(name)
    making.versioned(name)
    making.table("terraform-locks")
    return making.filled(name, "terraform-locks")


def tutorial(emulator: Emulator) -> Backend:
    """The plain tutorial: versioning, AES256, nothing public, a table; its own state ends up in it too.

    Source: https://blog.gruntwork.io/how-to-manage-terraform-state-28f5697e68fa
    """
    making, name = Making(emulator, Maker.TERRAFORM_TUTORIAL), "terraform-up-and-running-state"
    making.bucket(name)
    making.versioned(name)
    making.encrypted(name, SSEAlgorithm="AES256")
    making.blocked(name)
    making.table("terraform-up-and-running-locks")
    itself = state(
        1,
        ("aws_s3_bucket", "terraform_state", {"bucket": name}),
        ("aws_s3_bucket_versioning", "enabled", {"bucket": name}),
        ("aws_dynamodb_table", "terraform_locks", {"name": "terraform-up-and-running-locks"}),
    )
    making.s3.put_object(Bucket=name, Key="global/s3/terraform.tfstate", Body=itself)
    return making.filled(name, "terraform-up-and-running-locks")


def cloudposse(emulator: Emulator, *, object_lock: bool = False) -> Backend:
    """cloudposse/tfstate-backend 1.5: three statements, AES256, labels as tags, a table under ``aws/dynamodb``.

    Source: https://github.com/cloudposse/terraform-aws-tfstate-backend/blob/main/main.tf

    :param object_lock: as from 1.7 on with its lockfile: seven days of governance
        (https://github.com/cloudposse/terraform-aws-tfstate-backend/pull/192).
    """
    making = Making(emulator, Maker.CLOUDPOSSE)
    name, table = ("eg-prod-terraform-locked-state", None) if object_lock else ("eg-prod-terraform-state", "")
    making.bucket(name, ObjectLockEnabledForBucket=object_lock)
    making.blocked(name)
    everything = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    deny: dict[str, Any] = {"Effect": "Deny", "Principal": {"AWS": "*"}}
    put = {**deny, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
    header = "s3:x-amz-server-side-encryption"
    making.policy(
        name,
        {
            **put,
            "Sid": "DenyIncorrectEncryptionHeader",
            "Condition": {"StringNotEquals": {header: ["AES256", "aws:kms"]}},
        },
        {**put, "Sid": "DenyUnEncryptedObjectUploads", "Condition": {"Null": {header: "true"}}},
        {
            **deny,
            "Sid": "EnforceTlsRequestsOnly",
            "Action": "s3:*",
            "Resource": everything,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )
    making.versioned(name)
    making.encrypted(name, SSEAlgorithm="AES256")
    labels = {"Namespace": "eg", "Stage": "prod", "Attributes": "state"}
    making.tagged(name, {**labels, "Name": name})
    making.s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    if object_lock:
        making.s3.put_object_lock_configuration(
            Bucket=name,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 7}},
            },
        )
    if table is not None:
        table = "eg-prod-terraform-state-lock"
        making.table(
            table, tags={**labels, "Attributes": "state-lock", "Name": table}, SSESpecification={"Enabled": True}
        )
        making.dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    return making.filled(name, table, ServerSideEncryption="AES256")


def nozaq(emulator: Emulator) -> Backend:
    """nozaq/remote-state-s3-backend 1.5: a customer key and a bucket in each region, replication, ACLs, a table.

    Source: https://github.com/nozaq/terraform-aws-remote-state-s3-backend (bucket.tf, replica.tf, dynamo.tf). From
    1.6 on the table is a global one, which the emulated AWS has none of.
    """
    making, tags = Making(emulator, Maker.NOZAQ), {"Terraform": "true"}
    first, second = (
        "tf-remote-state20240101000000000000000001",
        "tf-remote-state-replica20240101000000000000000002",
    )
    described = "The key used to encrypt the remote state bucket."
    keys = {region: making.key(described, tags, region) for region in (REGION, SECOND_REGION)}
    making.kms.create_alias(AliasName="alias/tf-remote-state-key", TargetKeyId=keys[REGION])
    for name, region in ((first, REGION), (second, SECOND_REGION)):
        s3 = making.client("s3", region)
        making.bucket(name, region)
        s3.put_bucket_ownership_controls(
            Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        )
        making.versioned(name, region)
        making.encrypted(name, region, SSEAlgorithm="aws:kms", KMSMasterKeyID=keys[region])
        making.blocked(name, region)
        making.tagged(name, tags, region)
        s3.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "auto-archive",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionTransitions": [{"NoncurrentDays": 7, "StorageClass": "GLACIER"}],
                    }
                ]
            },
        )
        bucket = f"arn:aws:s3:::{name}"
        deny = {"Effect": "Deny", "Principal": "*"}
        making.policy(
            name,
            {
                **deny,
                "Sid": "AllowSSLRequestsOnly",
                "Action": "s3:*",
                "Resource": [bucket, f"{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {**deny, "Sid": "tf-state-bucket-delete-protection", "Action": "s3:DeleteBucket", "Resource": bucket},
            region=region,
        )
    _replicated(making, first, second, keys[SECOND_REGION])
    making.table("tf-remote-state-lock", tags=tags)
    making.dynamodb.update_continuous_backups(
        TableName="tf-remote-state-lock", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return making.filled(first, "tf-remote-state-lock", keys[REGION])


def _replicated(making: Making, first: str, second: str, key_arn: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = making.client("iam", "us-east-1").create_role(
        RoleName="tf-remote-state-replication-role20240101000000000000000003",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]
    making.s3.put_bucket_replication(
        Bucket=first,
        ReplicationConfiguration={
            "Role": role["Arn"],
            "Rules": [
                {
                    "ID": "replica_configuration",
                    "Status": "Enabled",
                    "Priority": 0,
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
                    "Destination": {
                        "Bucket": f"arn:aws:s3:::{second}",
                        "StorageClass": "STANDARD",
                        "EncryptionConfiguration": {"ReplicaKmsKeyID": key_arn},
                    },
                }
            ],
        },
    )


def terragrunt(emulator: Emulator) -> Backend:
    """Terragrunt's bootstrap: ACLs on, root and TLS statements, ``aws/s3`` with a bucket key, lockfiles.

    Source: https://github.com/gruntwork-io/terragrunt/blob/main/internal/remotestate/backend/s3/client.go
    """
    making, name = Making(emulator, Maker.TERRAGRUNT), "acme-terragrunt-state"
    making.bucket(name, ObjectOwnership="ObjectWriter")
    everything = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    root = f"arn:aws:iam::{ACCOUNT}:root"
    making.policy(
        name,
        {
            "Sid": "EnforcedTLS",
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": everything,
            "Principal": {"AWS": ["*"]},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "RootAccess",
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": everything,
            "Principal": {"AWS": [root]},
        },
    )
    making.blocked(name)
    making.versioned(name)
    making.encrypted(name, SSEAlgorithm="aws:kms", bucket_key=True)
    return making.filled(name, None)


ORIGINS: Mapping[Maker, Callable[[Emulator], Backend]] = {
    Maker.BY_HAND: by_hand,
    Maker.TERRAFORM_TUTORIAL: tutorial,
    Maker.CLOUDPOSSE: cloudposse,
    Maker.NOZAQ: nozaq,
    Maker.TERRAGRUNT: terragrunt,
}
"""By who makes such a backend."""

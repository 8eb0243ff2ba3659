"""``pulumi up`` takes over a backend that somebody made by hand, and touches no state in it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
import yaml

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.adopt import Kept
from tests.integration.deployment import Deployment, client, root_credentials
from tests.statectl.operator import Operator

ACCOUNT, REGION = "100000000075", "eu-central-1"
BUCKET, TABLE = "old-hands-terraform-state", "terraform-locks"
KEY = "prod/network/terraform.tfstate"
OLD_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "PartnersRead",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::100000000076:root"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        }
    ],
}
KEPT = (Kept.POLICY, Kept.ENCRYPTION, Kept.OWNERSHIP, Kept.LIFECYCLE, Kept.KEY_POLICY, Kept.TABLE_ENCRYPTION)


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What somebody made with the AWS CLI, one command after the other, and a stack that adopts it."""

    deployment: Deployment
    s3: Any
    dynamodb: Any
    kms: Any
    key_arn: str

    def versions(self) -> dict[tuple[str, str], tuple[bool, str]]:
        """Every version in the bucket with whether it is current, and what is in it."""
        found = self.s3.list_object_versions(Bucket=BUCKET)
        bodies = {
            (one["Key"], one["VersionId"]): (one["IsLatest"], self.body(one["Key"], one["VersionId"]))
            for one in found.get("Versions", ())
        }
        markers = {(one["Key"], one["VersionId"]): (one["IsLatest"], "") for one in found.get("DeleteMarkers", ())}
        return {**bodies, **markers}

    def body(self, key: str, version: str) -> str:
        answer = self.s3.get_object(Bucket=BUCKET, Key=key, VersionId=version)
        return sha256(answer["Body"].read()).hexdigest()

    def found(self) -> dict[str, Any]:
        """The settings that the stack keeps, as AWS reports them."""
        return {
            "bucket policy": json.loads(self.s3.get_bucket_policy(Bucket=BUCKET)["Policy"]),
            "encryption": self.s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"],
            "ownership": self.s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"],
            "lifecycle": self.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"],
            "key policy": self.kms.get_key_policy(KeyId=self.key_arn, PolicyName="default")["Policy"],
            "table key": self.dynamodb.describe_table(TableName=TABLE)["Table"].get("SSEDescription"),
        }

    def keep(self, *kept: Kept) -> None:
        """What the stack file leaves as it was found."""
        file = self.deployment.folder / "Pulumi.old.yaml"
        said = yaml.safe_load(file.read_text())
        said["config"]["state-backend:adopt"]["keep"] = [one.value for one in kept]
        file.write_text(yaml.safe_dump(said))

    @property
    def operator(self) -> Operator:
        deployment = self.deployment
        return Operator(
            environment={
                **deployment.engine.environment(deployment.folder.parent / "state"),
                **deployment.emulator.environment(),
                **root_credentials(ACCOUNT),
                "STATECTL_STACK": "old",
                "STATECTL_PROJECT": str(deployment.folder),
            }
        )


@pytest.fixture(scope="module")
def by_hand(engine: Engine, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    s3, dynamodb, kms = (
        client(emulator, service, REGION, root_credentials(ACCOUNT)) for service in ("s3", "dynamodb", "kms")
    )
    key_arn = kms.create_key(Description="made by hand")["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(OLD_POLICY))
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=ownership)
    years = {
        "ID": "years",
        "Status": "Enabled",
        "Filter": {},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 999},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [years]})
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "made-by", "Value": "hand"}]})
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )
    for serial in range(1, 4):
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(_state(serial)))
    s3.put_object(Bucket=BUCKET, Key="prod/gone/terraform.tfstate", Body=json.dumps(_state(1)))
    s3.delete_object(Bucket=BUCKET, Key="prod/gone/terraform.tfstate")
    config = {
        "aws:region": REGION,
        "aws:allowedAccountIds": [ACCOUNT],
        "state-backend:namePrefix": "old-hands",
        "state-backend:accountId": ACCOUNT,
        "state-backend:states": {"prod": ["network"]},
        "state-backend:replicaRegion": "eu-west-1",
        "state-backend:adopt": {
            "bucket": BUCKET,
            "table": TABLE,
            "keyArn": key_arn,
            "keep": [kept.value for kept in KEPT],
        },
    }
    folder = tmp_path_factory.mktemp("adopt")
    deployment = Deployment.prepare("old", folder, engine, emulator, config=config)
    yield ByHand(deployment=deployment, s3=s3, dynamodb=dynamodb, kms=kms, key_arn=key_arn)


def _state(serial: int) -> dict[str, Any]:
    return {
        "version": 4,
        "terraform_version": "1.9.8",
        "serial": serial,
        "lineage": "0a1b2c3d-0000-4000-8000-000000000001",
        "outputs": {"made": {"value": serial, "type": "number"}},
        "resources": [],
        "check_results": None,
    }


def test_what_is_there_is_taken_over_and_what_is_kept_is_switched_on_when_asked_for(by_hand: ByHand) -> None:
    before, deployment = by_hand.versions(), by_hand.deployment
    found = by_hand.found()
    preview = json.loads(deployment.pulumi("preview", "--stack", "old", "--json"))
    imported = {step["urn"].split("::")[-1] for step in preview["steps"] if step["op"] == "import"}
    assert imported == {f"terraform-state-primary-{part}" for part in ("bucket", "lock-table", "key")}
    assert {step["op"] for step in preview["steps"]} <= {"import", "create", "update", "same", "read"}

    deployment.up()
    assert by_hand.versions() == before
    assert by_hand.found() == found
    table = by_hand.dynamodb.describe_table(TableName=TABLE)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"]
    assert deployment.planned_steps() == {}
    # What was there before the rule is replicated by nobody else.
    by_hand.operator.do("replication", "backfill", "--yes")
    told = by_hand.operator.do("doctor").err
    assert "adopt.keep leaves it as it was found: bucket.policy, bucket.encryption" in told

    before = by_hand.versions()
    by_hand.keep()
    deployment.up()
    assert by_hand.versions() == before
    now = by_hand.found()
    assert not [setting for setting in found if now[setting] == found[setting]]
    policy = now["bucket policy"]
    assert "DenyForeignKey" in {statement["Sid"] for statement in policy["Statement"]}
    assert "PartnersRead" not in {statement["Sid"] for statement in policy["Statement"]}
    assert by_hand.dynamodb.describe_table(TableName=TABLE)["Table"]["SSEDescription"]["Status"] == "ENABLED"
    assert deployment.planned_steps() == {}
    assert "adopt.keep" not in by_hand.operator.do("doctor").err

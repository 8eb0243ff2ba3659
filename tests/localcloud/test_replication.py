"""The emulated AWS replicates as AWS does, and as late as a test wants."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.emulator import Emulator
from tests.faults.slow_replication import SlowReplication

KEY = "prod/network/terraform.tfstate"
FIRST, SECOND = "eu-central-1", "eu-west-1"
ROLE = "arn:aws:iam::000000000000:role/replication"
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Side:
    """A bucket and a client of its region."""

    s3: Any
    bucket: str

    def put(self, body: str, key: str = KEY, **more: Any) -> str:
        return str(self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode(), **more)["VersionId"])

    def delete(self, key: str = KEY) -> str:
        return str(self.s3.delete_object(Bucket=self.bucket, Key=key)["VersionId"])

    def read(self, version: str | None = None, key: str = KEY) -> str | None:
        """The content; ``None`` where there is none."""
        which = {"VersionId": version} if version else {}
        try:
            return str(self.s3.get_object(Bucket=self.bucket, Key=key, **which)["Body"].read().decode())
        except ClientError as error:
            assert error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchVersion"}
            return None

    def status(self, version: str | None = None, key: str = KEY) -> str | None:
        """The replication status that HEAD and GET agree on."""
        asked = {"Bucket": self.bucket, "Key": key, **({"VersionId": version} if version else {})}
        head, get = (call(**asked).get("ReplicationStatus") for call in (self.s3.head_object, self.s3.get_object))
        assert head == get
        return None if head is None else str(head)

    def history(self, key: str = KEY) -> list[tuple[str, str]]:
        """Version ids, newest first, and what they are."""
        listed = self.s3.list_object_versions(Bucket=self.bucket, Prefix=key)
        found = [(item, "version") for item in listed.get("Versions", ())]
        found += [(item, "marker") for item in listed.get("DeleteMarkers", ())]
        assert [item["IsLatest"] for item, _ in found].count(True) == bool(found)
        # The latest first, whatever second they were all made in.
        ordered = sorted(found, key=lambda pair: (pair[0]["LastModified"], pair[0]["IsLatest"]), reverse=True)
        return [(item["VersionId"], kind) for item, kind in ordered]

    def policy(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=document)

    def replicate_to(self, other: "Side", **destination: Any) -> None:
        rule = {
            "ID": "all",
            "Status": "Enabled",
            "Priority": 0,
            "Filter": {},
            "DeleteMarkerReplication": {"Status": "Enabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{other.bucket}", **destination},
        }
        self.s3.put_bucket_replication(
            Bucket=self.bucket, ReplicationConfiguration={"Role": ROLE, "Rules": [rule]}
        )


@pytest.fixture
def sides(emulator: Emulator) -> Iterator[tuple[Side, Side]]:
    """A bucket in each region, each replicated to the other."""
    made = []
    for region in (FIRST, SECOND):
        side = Side(emulator.client("s3", region), f"replicated-{next(NUMBERS)}-{region}")
        placed = {"LocationConstraint": region}
        side.s3.create_bucket(Bucket=side.bucket, CreateBucketConfiguration=placed)
        side.s3.put_bucket_versioning(Bucket=side.bucket, VersioningConfiguration={"Status": "Enabled"})
        made.append(side)
    first, second = made
    first.replicate_to(second)
    second.replicate_to(first)
    yield first, second
    for side in made:
        SlowReplication(emulator, side.bucket).release()


@pytest.fixture
def slow(emulator: Emulator, sides: tuple[Side, Side]) -> SlowReplication:
    """Replication from the first region, not yet held."""
    return SlowReplication(emulator, sides[0].bucket)


def test_a_replica_keeps_version_id_creation_time_and_tags(sides: tuple[Side, Side]) -> None:
    first, second = sides
    version = first.put("one", Tagging="a=b")
    assert second.read(version) == second.read() == "one"
    heads = [side.s3.head_object(Bucket=side.bucket, Key=KEY) for side in sides]
    assert heads[0]["LastModified"] == heads[1]["LastModified"]
    assert [head["VersionId"] for head in heads] == [version, version]
    assert [head["ReplicationStatus"] for head in heads] == ["COMPLETED", "REPLICA"]
    tags = second.s3.get_object_tagging(Bucket=second.bucket, Key=KEY, VersionId=version)["TagSet"]
    assert tags == [{"Key": "a", "Value": "b"}]
    marker = first.delete()
    assert second.history() == first.history() == [(marker, "marker"), (version, "version")]


def test_a_replica_is_encrypted_under_the_key_of_its_region(emulator: Emulator, sides: tuple[Side, Side]) -> None:
    first, second = sides
    here, there = (emulator.client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (FIRST, SECOND))
    first.s3.put_bucket_replication(
        Bucket=first.bucket,
        ReplicationConfiguration={
            "Role": ROLE,
            "Rules": [
                {
                    "ID": "all",
                    "Status": "Enabled",
                    "Priority": 0,
                    "Filter": {},
                    "DeleteMarkerReplication": {"Status": "Enabled"},
                    "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
                    "Destination": {
                        "Bucket": f"arn:aws:s3:::{second.bucket}",
                        "EncryptionConfiguration": {"ReplicaKmsKeyID": there},
                    },
                }
            ],
        },
    )
    first.put("one", ServerSideEncryption="aws:kms", SSEKMSKeyId=here)
    keys = [side.s3.head_object(Bucket=side.bucket, Key=KEY)["SSEKMSKeyId"] for side in sides]
    assert keys == [here, there]


def test_two_way_replication_goes_no_further_than_the_other_side(sides: tuple[Side, Side]) -> None:
    first, second = sides
    versions = [first.put("one"), second.put("two"), first.put("three"), second.delete()]
    for side in sides:
        assert {version for version, _ in side.history()} == set(versions)
        assert len(side.history()) == len(versions)
        assert side.read() is None
    assert [second.status(version) for version in versions[:3]] == ["REPLICA", "COMPLETED", "REPLICA"]


@pytest.mark.parametrize(
    ("action", "carried"),
    [("s3:ReplicateObject", "marker"), ("s3:ReplicateDelete", "version"), ("s3:Replicate*", None)],
)
def test_the_destinations_policy_can_refuse_the_role(
    sides: tuple[Side, Side], action: str, carried: str | None
) -> None:
    first, second = sides
    whose = {"ArnEquals": {"aws:PrincipalArn": ROLE}}
    resource = f"arn:aws:s3:::{second.bucket}/*"
    refusal = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": whose}
    second.policy(refusal)
    version = first.put("one")
    assert first.status() == ("COMPLETED" if carried == "version" else "FAILED")
    first.delete()
    assert [kind for _, kind in second.history()] == ([carried] if carried else [])
    # It is not tried again, however long it lies there.
    second.s3.delete_bucket_policy(Bucket=second.bucket)
    assert first.status(version) == ("COMPLETED" if carried == "version" else "FAILED")
    first.put("two")
    assert first.status() == "COMPLETED"


@pytest.mark.parametrize(
    "spared",
    [
        {"ArnNotLike": {"aws:PrincipalArn": ROLE}},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"ArnEquals": {"aws:PrincipalArn": f"{ROLE}-of-another"}},
    ],
)
def test_a_refusal_that_does_not_mean_the_role_refuses_nothing(
    sides: tuple[Side, Side], spared: dict[str, Any]
) -> None:
    first, second = sides
    second.policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:Replicate*",
            "Resource": f"arn:aws:s3:::{second.bucket}/*",
            "Condition": spared,
        }
    )
    first.put("one")
    assert (first.status(), second.read()) == ("COMPLETED", "one")


def test_what_is_held_is_pending_and_is_carried_over_in_order(
    sides: tuple[Side, Side], slow: SlowReplication
) -> None:
    first, second = sides
    with slow:
        one, two, marker = first.put("one", Tagging="a=b"), first.put("two"), first.delete()
        assert slow.waiting() == [(KEY, one), (KEY, two), (KEY, marker)]
        assert [first.status(version) for version in (one, two)] == ["PENDING", "PENDING"]
        assert second.history() == []
        # The way back is not held.
        assert (second.put("other", "other"), first.read(key="other"))[1] == "other"

        slow.release(1)
        assert [first.status(version) for version in (one, two)] == ["COMPLETED", "PENDING"]
        assert second.read() == "one"
        tags = second.s3.get_object_tagging(Bucket=second.bucket, Key=KEY)["TagSet"]
        assert tags == [{"Key": "a", "Value": "b"}]
        assert slow.waiting() == [(KEY, two), (KEY, marker)]
        slow.release(1)
        assert second.read() == "two"
    assert first.status(two) == "COMPLETED"
    assert second.read() is None
    assert second.history() == first.history()
    assert (first.put("three"), second.read())[1] == "three"


def test_the_status_of_the_latest_changes_too(sides: tuple[Side, Side], slow: SlowReplication) -> None:
    first, second = sides
    with slow:
        first.put("one")
        assert first.status() == "PENDING"
    assert (first.status(), second.status()) == ("COMPLETED", "REPLICA")
    with slow:
        first.put("two")
        second.s3.put_bucket_versioning(Bucket=second.bucket, VersioningConfiguration={"Status": "Suspended"})
    assert (first.status(), second.read()) == ("FAILED", "one")


def test_what_is_dropped_stays_pending_and_never_comes(sides: tuple[Side, Side], slow: SlowReplication) -> None:
    first, second = sides
    with slow:
        lost = first.put("lost")
        slow.drop()
        assert slow.waiting() == []
        late = first.put("late")
        assert slow.waiting() == [(KEY, late)]
    assert [first.status(version) for version in (lost, late)] == ["PENDING", "COMPLETED"]
    assert second.history() == [(late, "version")]


def test_what_was_deleted_for_good_meanwhile_does_not_come(
    sides: tuple[Side, Side], slow: SlowReplication
) -> None:
    first, second = sides
    with slow:
        gone, stays = first.put("gone"), first.put("stays")
        first.s3.delete_object(Bucket=first.bucket, Key=KEY, VersionId=gone)
    assert second.history() == [(stays, "version")]


@pytest.mark.parametrize("late", ["version", "marker"])
def test_what_comes_late_lies_beneath_what_was_written_meanwhile(
    sides: tuple[Side, Side], slow: SlowReplication, late: str
) -> None:
    first, second = sides
    before = first.put("before")
    with slow:
        left = first.put("left behind") if late == "version" else first.delete()
        newer = second.put("newer")
        assert second.read() == "newer"
    assert second.history() == [(newer, "version"), (left, late), (before, "version")]
    assert (second.read(), second.read(newer)) == ("newer", "newer")
    if late == "version":
        assert second.read(left) == "left behind"
    assert (first.read(), first.history()) == ("newer", second.history())
    second.s3.delete_object(Bucket=second.bucket, Key=KEY, VersionId=newer)
    assert second.read() == ("left behind" if late == "version" else None)


def test_what_comes_late_does_not_raise_what_was_deleted(sides: tuple[Side, Side], slow: SlowReplication) -> None:
    first, second = sides
    with slow:
        left = first.put("left behind")
        marker = second.delete()
    assert second.history() == [(marker, "marker"), (left, "version")]
    assert second.read() is None


def test_it_survives_a_restart_as_replicated(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("restarted")
    names = ("restarted-first", "restarted-second")

    def both(emulator: Emulator) -> tuple[Side, Side]:
        first, second = (
            Side(emulator.client("s3", region), name) for name, region in zip(names, (FIRST, SECOND), strict=True)
        )
        return first, second

    with Emulator.start(home) as emulator:
        first, second = both(emulator)
        for side, region in ((first, FIRST), (second, SECOND)):
            placed = {"LocationConstraint": region}
            side.s3.create_bucket(Bucket=side.bucket, CreateBucketConfiguration=placed)
            side.s3.put_bucket_versioning(Bucket=side.bucket, VersioningConfiguration={"Status": "Enabled"})
        first.replicate_to(second)
        with SlowReplication(emulator, first.bucket):
            left = first.put("left behind")
            newer = second.put("newer")
    with Emulator.start(home) as emulator:
        _, second = both(emulator)
        assert second.history() == [(newer, "version"), (left, "version")]
        assert (second.read(), second.read(left)) == ("newer", "left behind")

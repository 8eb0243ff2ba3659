"""The two regions of a stack as a test writes to them, and ways to part them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.faults.call import Call
from tests.faults.fault import Fault
from tests.faults.proxy import Proxy
from tests.faults.slow_replication import SlowReplication
from tests.statectl.operator import Operator
from tests.statectl.stack import Stack

LINEAGE = "6f3ce6f0-5a1b-4f9f-9d39-1d6c2f1a5d11"


def state(serial: int, *, lineage: str = LINEAGE, content: str = "") -> bytes:
    """A state as somebody wrote it."""
    outputs = {"content": {"value": content, "type": "string"}}
    read = {"version": 4, "terraform_version": "1.15.5", "serial": serial, "lineage": lineage}
    return json.dumps({**read, "outputs": outputs, "resources": [], "check_results": None}).encode()


class Regions:
    """The buckets of a stack, and ways to part them.

    :param folder: before every key.
    """

    def __init__(self, stack: Stack, folder: str) -> None:
        self.stack, self.folder = stack, folder
        self.first_bucket, self.second_bucket = stack.bucket, str(stack.outputs["replica_bucket_name"])
        self.first = stack.s3()
        self.second = stack.deployment.client("s3", stack.outputs["replica_region"])
        self.slow = SlowReplication(stack.deployment.emulator, self.first_bucket)

    def key(self, name: str) -> str:
        return f"{self.folder}{name}/terraform.tfstate"

    def write(self, name: str, body: bytes) -> None:
        self.first.put_object(Bucket=self.first_bucket, Key=self.key(name), Body=body)

    def write_second(self, name: str, body: bytes) -> None:
        self.second.put_object(Bucket=self.second_bucket, Key=self.key(name), Body=body)

    def in_second(self, name: str) -> bytes:
        return bytes(self.second.get_object(Bucket=self.second_bucket, Key=self.key(name))["Body"].read())

    def versions_in_second(self, name: str) -> list[bytes]:
        """Newest first."""
        listed = self.second.list_object_versions(Bucket=self.second_bucket, Prefix=self.key(name))
        ids = [one["VersionId"] for one in listed.get("Versions", ()) if one["Key"] == self.key(name)]
        named = {"Bucket": self.second_bucket, "Key": self.key(name)}
        return [self.second.get_object(**named, VersionId=version)["Body"].read() for version in ids]

    @contextmanager
    def without_rule(self) -> Iterator[None]:
        """As before replication was switched on."""
        kept = self.first.get_bucket_replication(Bucket=self.first_bucket)["ReplicationConfiguration"]
        self.first.delete_bucket_replication(Bucket=self.first_bucket)
        try:
            yield
        finally:
            self.first.put_bucket_replication(Bucket=self.first_bucket, ReplicationConfiguration=kept)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """The second bucket refuses what replication brings."""
        kept = self.second.get_bucket_policy(Bucket=self.second_bucket)["Policy"]
        refusal = {
            "Sid": "Refused",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:ReplicateObject", "s3:ReplicateDelete"],
            "Resource": f"arn:aws:s3:::{self.second_bucket}/*",
        }
        read = json.loads(kept)
        changed = json.dumps({**read, "Statement": [*read["Statement"], refusal]})
        self.second.put_bucket_policy(Bucket=self.second_bucket, Policy=changed)
        try:
            yield
        finally:
            self.second.put_bucket_policy(Bucket=self.second_bucket, Policy=kept)

    @contextmanager
    def cut(self) -> Iterator[None]:
        """What the first region writes meanwhile never arrives, and stays PENDING."""
        self.slow.hold()
        try:
            yield
        finally:
            self.slow.drop()
            self.slow.release()

    def statuses(self) -> dict[str, dict[str, Any]]:
        """The rows of ``replication status``, by the names in the keys."""
        rows = self.stack.operator().json("replication", "status", "--prefix", self.folder)
        return {row["key"].removeprefix(self.folder).split("/")[0]: row for row in rows}

    def backfill(self, *more: str) -> tuple[int, str, str]:
        done = self.stack.operator().run("replication", "backfill", "--prefix", self.folder, "--yes", *more)
        return done.code, done.out, done.err

    @contextmanager
    def behind(self, rule: Callable[[Call], Fault | None], **variables: str) -> Iterator[tuple[Operator, Proxy]]:
        """An operator whose requests go past a rule."""
        with Proxy(self.stack.deployment.emulator, rule=rule) as proxy:
            yield self.stack.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint, **variables), proxy

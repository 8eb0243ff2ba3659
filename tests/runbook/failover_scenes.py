"""The story of docs/failover.md, by its headings: a region goes, states move, it comes back, they go home."""

from collections.abc import Callable, Mapping

from statefile.keys import digest_id
from tests.access.stack import apply
from tests.faults.region import Mode
from tests.faults.slow_replication import SlowReplication
from tests.runbook.scenes import DATABASE, NETWORK, prepare
from tests.runbook.stage import Stage


def _quiet(here: Stage) -> None:
    """An ordinary day, on states that nothing has happened to."""
    stack, outputs = here.stack, here.stack.outputs
    buckets = {outputs["region"]: stack.bucket, outputs["replica_region"]: outputs["replica_bucket_name"]}
    for region, bucket in buckets.items():
        s3, dynamodb = stack.deployment.client("s3", region), stack.deployment.client("dynamodb", region)
        for key in (NETWORK, DATABASE):
            listed = s3.list_object_versions(Bucket=bucket, Prefix=key)
            for found in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())):
                s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
            dynamodb.delete_item(TableName=stack.table, Key={"LockID": {"S": digest_id(bucket, key)}})
    prepare(stack)


def _gone(here: Stage) -> None:
    """The region goes before the newest state of one service was replicated."""
    replication = SlowReplication(here.stack.deployment.emulator, here.stack.bucket)
    replication.hold()
    here.stack.terraform(NETWORK).do(apply("never arrived", "-auto-approve"))
    replication.drop()
    here.region.cut(Mode.REFUSED)


def _back(here: Stage) -> None:
    here.region.restore()


BEGINNINGS: Mapping[str, Callable[[Stage], None]] = {
    "On an ordinary day": _quiet,
    "The first region is gone": _gone,
    "The first region is back": _back,
}
"""What happens under each heading, one after the other."""


def over(here: Stage) -> None:
    """All is as it was: Terraform reads and locks the state in the first region."""
    terraform = here.stack.terraform(NETWORK)
    terraform.do(["plan", "-no-color", "-detailed-exitcode", f"-var=content={terraform.outputs()['content']}"])

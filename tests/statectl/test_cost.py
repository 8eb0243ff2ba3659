"""The estimate of a deployed stack: what was put there is what is counted, and what AWS says is measured."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from botocore.client import BaseClient

from blueprint.policy_document import PolicyDocument, Statement, policy
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from statectl.exit_code import ExitCode
from tests.integration.deployment import Deployment, client, role_credentials, root_credentials
from tests.statectl.operator import Operator
from tests.statectl.stack import Stack, config

KEY = "cost/test/terraform.tfstate"
GB = 2**30
Lines = dict[tuple[str, str, str], dict[str, Any]]


def lines(estimate: dict[str, Any]) -> Lines:
    return {(line["part"], line["what"], line["region"]): line for line in estimate["lines"]}


def quantities(operator: Operator, *arguments: str) -> dict[tuple[str, str, str], Decimal]:
    return {name: Decimal(line["quantity"]) for name, line in lines(operator.json("cost", *arguments)).items()}


@pytest.fixture
def here(both: Stack) -> str:
    return str(both.outputs["region"])


@pytest.fixture
def there(both: Stack) -> str:
    return str(both.outputs["replica_region"])


@pytest.fixture
def emptied(both: Stack) -> Iterator[None]:
    """Whatever a test puts below its own prefix is gone for good after it, in both regions."""
    yield
    for prefix in ("state", "replica"):
        bucket, region = both.outputs[f"{prefix}_bucket_name"], both.outputs[REGION_OF[prefix]]
        s3 = both.deployment.client("s3", region)
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="cost/"):
            for version in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


REGION_OF = {"state": "region", "replica": "replica_region"}


def test_what_was_put_there_is_what_is_counted_in_both_regions(
    both: Stack, here: str, there: str, emptied: None
) -> None:
    before = quantities(both.operator())
    s3, size = both.s3(), 40 * 1024**2
    for _ in range(3):
        s3.put_object(Bucket=both.bucket, Key=KEY, Body=b"x" * size)
    for _ in range(2):
        s3.put_object(Bucket=both.bucket, Key=f"{KEY}.tflock", Body=b"{}", IfNoneMatch="*")
        s3.delete_object(Bucket=both.bucket, Key=f"{KEY}.tflock")
    after = quantities(both.operator())
    grown = {name: quantity - before.get(name, Decimal(0)) for name, quantity in after.items()}

    def in_gb(count: int) -> Decimal:
        return round(Decimal(count) / GB, 5)

    for region in (here, there):
        assert round(grown["S3 storage", "states, STANDARD", region], 5) == in_gb(size)
        assert round(grown["S3 storage", "noncurrent versions, STANDARD", region], 5) == in_gb(2 * size)
    assert grown["S3 requests", "PUT of states", here] == 3
    assert grown["S3 requests", "GET and HEAD of states", here] == 36
    # Two in the last day, and thirty days.
    assert after["S3 requests", "PUT of lockfiles", here] >= 60
    assert round(grown["Replication", "transfer", here], 3) == round(Decimal(3 * size) / GB, 3)
    fewer = quantities(both.operator(), "--reads-per-write", "2")
    assert (
        fewer["S3 requests", "GET and HEAD of states", here] * 6
        == after["S3 requests", "GET and HEAD of states", here]
    )


def test_the_lock_table_is_measured_as_dynamodb_describes_it(both: Stack, here: str) -> None:
    both.dynamodb().put_item(TableName=both.table, Item={"LockID": {"S": "cost"}, "Info": {"S": "{}"}})
    described = both.dynamodb().describe_table(TableName=both.table)["Table"]["TableSizeBytes"]
    both.dynamodb().delete_item(TableName=both.table, Key={"LockID": {"S": "cost"}})
    left = both.dynamodb().describe_table(TableName=both.table)["Table"]["TableSizeBytes"]
    assert described > left
    line = lines(both.operator().json("cost"))["DynamoDB", "storage", here]
    assert (line["origin"], Decimal(line["quantity"])) == ("measured", round(Decimal(left) / GB, 6))


def test_what_cloudwatch_tells_is_measured_and_replaces_what_was_assumed(both: Stack) -> None:
    stack = both
    region, other = stack.outputs["region"], stack.outputs["replica_region"]
    plan = stack.deployment.plan
    assert plan.audit is not None
    assert plan.audit.recording is not None
    assert plan.primary.log_bucket is not None
    assert plan.replica is not None
    assert plan.replica.log_bucket is not None
    before = lines(stack.operator().json("cost"))
    assert before["DynamoDB", "reads", region]["origin"] == "assumed"

    def put(where: str, namespace: str, name: str, value: float, **dimensions: str) -> None:
        stack.deployment.client("cloudwatch", where).put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
                    "Timestamp": datetime.now(UTC) - timedelta(hours=5),
                    "Value": value,
                }
            ],
        )

    put(region, "AWS/DynamoDB", "ConsumedReadCapacityUnits", 1234, TableName=stack.table)
    put(region, "AWS/DynamoDB", "ConsumedWriteCapacityUnits", 567, TableName=stack.table)
    held = {"StorageType": "StandardStorage"}
    put(region, "AWS/S3", "BucketSizeBytes", 2 * GB, BucketName=plan.primary.log_bucket.name, **held)
    put(other, "AWS/S3", "BucketSizeBytes", GB, BucketName=plan.replica.log_bucket.name, **held)
    put(region, "AWS/S3", "BucketSizeBytes", 5 * GB, BucketName=plan.audit.recording.bucket.name, **held)
    put(region, "AWS/Logs", "IncomingBytes", 7 * GB, LogGroupName=plan.audit.recording.name)
    put(region, plan.audit.namespace, plan.audit.alarms[0].name, 1)
    found = lines(stack.operator().json("cost"))
    expected = {
        ("DynamoDB", "reads", region): "1234",
        ("DynamoDB", "writes", region): "567",
        ("S3 storage", "access logs", region): "2",
        ("S3 storage", "access logs", other): "1",
        ("Audit trail", "its files", region): "5",
        ("Audit trail", "into its log group", region): "7",
        ("Alarms", "their metrics", region): "0.001389",
    }
    told = {name: (found[name]["origin"], found[name]["quantity"]) for name in expected}
    assert told == {name: ("measured", quantity) for name, quantity in expected.items()}


ACCOUNT = "100000000081"
READER = "cost-reader"
"""A role that the stack lets in, and that may list versions, describe the table and nothing else."""
LOOK: Statement = {
    "Sid": "Look",
    "Effect": "Allow",
    "Action": ["s3:ListBucketVersions", "dynamodb:DescribeTable"],
    "Resource": "*",
}


@pytest.fixture
def guarded(tmp_path: Path, engine: Engine, emulator: Emulator) -> Deployment:
    """A stack that lets nobody in but its reader, without a second region."""
    reads = {"name": "reader", "states": ["prod/network"], "mode": "read"}
    entry = {**reads, "principals": [f"arn:aws:iam::{ACCOUNT}:role/{READER}"]}
    own = {name: value for name, value in config(Lock.BOTH).items() if not name.endswith("replicaRegion")}
    own |= {
        "aws:allowedAccountIds": [ACCOUNT],
        "state-backend:accountId": ACCOUNT,
        "state-backend:access": [entry],
    }
    own["state-backend:administrators"] = [f"arn:aws:iam::{ACCOUNT}:root"]
    deployment = Deployment.prepare("guarded", tmp_path, engine, emulator, config=own)
    deployment.up()
    return deployment


def test_a_role_without_cloudwatch_gets_an_estimate_that_says_what_was_assumed_and_why(
    guarded: Deployment,
) -> None:
    region = guarded.plan.settings.region

    def operator(role: str, document: PolicyDocument | None) -> Operator:
        return Operator(
            environment={
                "PATH": "",
                **guarded.emulator.environment(),
                **role_credentials(guarded.emulator, ACCOUNT, role, document),
                "STATECTL_PROJECT": str(guarded.folder),
                "STATECTL_STACK": guarded.stack,
            }
        )

    found = lines(operator(READER, policy(LOOK)).do("cost", "--json").json())
    for name, missing in {
        ("S3 requests", "GET and HEAD of states"): "s3:GetMetricsConfiguration",
        ("S3 storage", "access logs"): "cloudwatch:GetMetricStatistics",
        ("DynamoDB", "reads"): "cloudwatch:GetMetricStatistics",
        ("Audit trail", "into its log group"): "cloudwatch:GetMetricStatistics",
        ("Alarms", "their metrics"): "cloudwatch:GetMetricStatistics",
        ("KMS", "key of states"): "kms:DescribeKey",
    }.items():
        line = found[(*name, region)]
        assert (line["origin"], f"access denied: {missing}" in line["how"]) == ("assumed", True), line
    assert found["DynamoDB", "storage", region]["origin"] == "measured"
    denied = operator("cost-nobody", None).run("cost")
    assert (denied.code, denied.out, "s3:ListBucketVersions" in denied.err) == (ExitCode.DENIED, "", True)


def test_the_printed_lines_add_up_and_changes_come_the_largest_first(both: Stack) -> None:
    estimate = both.operator().json("cost")
    assert Decimal(estimate["total"]) == sum(Decimal(line["monthly_cost"]) for line in estimate["lines"])
    sizes = [abs(Decimal(change["difference"])) for change in estimate["changes"]]
    assert sizes == sorted(sizes, reverse=True)
    assert {"encryption", "auditTrail", "replicaRegion", "lock"} <= {
        change["setting"] for change in estimate["changes"]
    }
    shown = both.operator().do("cost").out
    assert f"Total {Decimal(estimate['total']):.4f} USD a month" in shown
    assert "us-east-1, 2026-06-30; those of other regions and contracts differ" in shown
    assert "--reads-per-write" in shown
    table = shown.split("\n\n")[0].splitlines()
    assert len(table) == 1 + len(estimate["lines"])
    where = table[0].index("FROM")
    assert all(line[where - 1] == " " and line[where] != " " for line in table)


def test_prices_of_ones_own_are_used_and_named(both: Stack, tmp_path: Path) -> None:
    document = yaml.safe_load(both.operator().do("cost", "--print-prices").out)
    document |= {"name": "Ours", "currency": "EUR"}
    document["prices"]["kmsKey"] = 10
    mine = tmp_path / "prices.json"
    mine.write_text(json.dumps(document, default=str))
    listed, ours = both.operator().json("cost"), both.operator().json("cost", "--prices", str(mine))
    keys = sum(int(line["quantity"]) for line in listed["lines"] if line["unit"] == "key-month")
    assert Decimal(ours["total"]) - Decimal(listed["total"]) == 9 * keys
    assert (ours["price_list"], ours["currency"], keys > 0) == ("Ours", "EUR", True)


def test_every_mistake_in_a_price_file_is_told_at_once_before_anything_is_asked(
    both: Stack, tmp_path: Path
) -> None:
    wrong = tmp_path / "prices.yaml"
    wrong.write_text("name: mine\nasOf: 2026-13-45\ncurrency: dollars\nprices: {kmsKey: -1, alarms: 2}\n")
    refused = both.operator().run("cost", "--prices", str(wrong))
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    for told in ("asOf", "currency", "prices.kmsKey", "prices.alarms", "prices.s3Put"):
        assert told in refused.err
    missing = both.operator().run("cost", "--prices", str(tmp_path / "none.yaml"))
    assert (missing.code, "No such file" in missing.err) == (ExitCode.USAGE, True)
    for number in ("-1", "many", "nan", "1e30"):
        assert both.operator().run("cost", "--reads-per-write", number).code == ExitCode.USAGE


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_prices_of_another_partition_are_never_guessed(both: Stack, region: str) -> None:
    elsewhere = by_name(both)
    refused = elsewhere.run("cost", "--bucket", "states", "--region", region)
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert "--print-prices" in refused.err


def by_name(stack: Stack) -> Operator:
    """Somebody without the stack's files."""
    operator = stack.operator()
    known = {name: text for name, text in operator.environment.items() if not name.startswith("STATECTL_")}
    return Operator(environment=known)


def test_found_by_its_name_alone_less_is_told_and_why(both: Stack, here: str) -> None:
    found = by_name(both).json("cost", "--bucket", both.bucket, "--region", here)
    assert {line["part"] for line in found["lines"]} == {"S3 storage", "S3 requests"}
    assert {change["setting"] for change in found["changes"]} == {"lock", "noncurrentTransition"}
    assert any("Use --stack" in line for line in found["assumptions"])


def test_the_whole_bucket_is_listed_with_one_call_for_each_page(both: Stack, here: str) -> None:
    account = both.deployment.plan.settings.account_id
    s3 = client(both.deployment.emulator, "s3", here, root_credentials(account))
    bucket = f"cost-pages-{account}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": here})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for number in range(21):
        s3.put_object(Bucket=bucket, Key=f"{number // 3}.tfstate", Body=b"{}")
    asked: list[str] = []
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def noted(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        asked.append(operation)
        # Pages of ten instead of a thousand, cut by the bucket's side all the same.
        pages = {"MaxKeys": 10} if operation == "ListObjectVersions" else {}
        return real(self, operation, {**parameters, **pages})

    with patch.object(BaseClient, "_make_api_call", noted):
        found = lines(by_name(both).json("cost", "--bucket", bucket, "--region", here))
    assert found["S3 requests", "PUT of states", here]["quantity"] == "21"
    assert found["S3 storage", "noncurrent versions, STANDARD", here]["how"] == "14 in the bucket"
    assert asked == ["ListObjectVersions"] * 3 + ["ListBucketMetricsConfigurations"]

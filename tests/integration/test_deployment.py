"""The whole program on the real engine and an AWS that enforces policies, for every stack file."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

from blueprint.backend import RegionalBackend
from blueprint.names import access_role_name
from blueprint.policy_document import policy, to_json
from blueprint.promise.resource import Kind
from blueprint.regional_policy import regional_policy
from blueprint.standby import Standby
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Encryption
from store.live.account import live_account
from tests.integration import live
from tests.integration.deployment import ANYTHING, Deployment


@pytest.fixture(scope="module", params=["prod", "staging", "local"])
def deployed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    engine: Engine,
    emulator: Emulator,
) -> Iterator[Deployment]:
    """A stack after its first ``up``, in an account of its own."""
    made = Deployment.prepare(request.param, tmp_path_factory.mktemp(request.param), engine, emulator)
    made.up()
    yield made


@pytest.fixture(scope="module")
def outputs(deployed: Deployment) -> dict[str, Any]:
    return deployed.outputs()


def test_a_second_up_changes_nothing(deployed: Deployment) -> None:
    deployed.up("--expect-no-changes")


def test_refresh_and_preview_change_nothing(deployed: Deployment) -> None:
    deployed.pulumi("refresh", "--stack", deployed.stack, "--yes", "--skip-preview", "--expect-no-changes")
    deployed.pulumi("preview", "--stack", deployed.stack, "--expect-no-changes")


@pytest.mark.parametrize("kind", list(Kind))
def test_everything_is_what_the_stack_promises(deployed: Deployment, outputs: dict[str, Any], kind: Kind) -> None:
    for promise in live.promises(deployed, outputs, kind):
        assert live.live(deployed, promise) == promise.settings, promise.name


def test_what_the_stack_does_not_ask_for_is_not_there(deployed: Deployment, outputs: dict[str, Any]) -> None:
    settings = deployed.plan.settings
    if not live.promises(deployed, outputs, Kind.TABLE):
        assert deployed.client("dynamodb", settings.region).list_tables()["TableNames"] == []
    if not live.promises(deployed, outputs, Kind.TRAIL):
        assert deployed.client("cloudtrail", settings.region).describe_trails()["trailList"] == []
    if not live.promises(deployed, outputs, Kind.ACCOUNT):
        block = live_account(deployed.client("s3control", settings.region), settings.account_id)
        assert block.settings == {"public-access": None}


def test_the_outputs_name_what_was_made(deployed: Deployment, outputs: dict[str, Any]) -> None:
    plan = deployed.plan
    assert outputs["state_bucket_name"] == plan.primary.bucket.name
    assert outputs["account_id"] == plan.settings.account_id
    assert outputs["region"] == plan.settings.region
    kms = deployed.client("kms", plan.settings.region)
    assert plan.primary.key is not None
    assert kms.describe_key(KeyId=plan.primary.key.alias)["KeyMetadata"]["Arn"] == outputs["kms_key_arn"]
    expected = {
        f"{environment}/{service}" for environment, names in plan.settings.states.items() for service in names
    }
    assert set(outputs["backend_configs"]) == expected
    assert set(outputs["replica_backend_configs"]) == (expected if plan.replica else set())


def test_a_state_and_its_deletion_reach_the_second_region(deployed: Deployment, outputs: dict[str, Any]) -> None:
    plan = deployed.plan
    first = deployed.client("s3", plan.settings.region)
    if plan.replica is None or plan.replication is None:
        with pytest.raises(ClientError, match="ReplicationConfigurationNotFound"):
            first.get_bucket_replication(Bucket=plan.primary.bucket.name)
        return
    second = deployed.client("s3", plan.replica.region)
    key = "prod/replicated/terraform.tfstate"
    headers = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": outputs["kms_key_arn"]}
    first.put_object(Bucket=plan.primary.bucket.name, Key=key, Body=b"{}", **headers)
    assert second.get_object(Bucket=plan.replica.bucket.name, Key=key)["Body"].read() == b"{}"
    first.delete_object(Bucket=plan.primary.bucket.name, Key=key)
    versions = second.list_object_versions(Bucket=plan.replica.bucket.name, Prefix=key)
    assert [marker["IsLatest"] for marker in versions["DeleteMarkers"]] == [True]
    assert len(versions["Versions"]) == 1


def test_what_came_by_replication_does_not_go_round(deployed: Deployment) -> None:
    plan = deployed.plan
    if plan.replica is None or plan.reverse_replication is None:
        return
    halves = (plan.primary, plan.replica)
    buckets = [(deployed.client("s3", half.region), half.bucket.name) for half in halves]
    (here, first), (there, second) = buckets
    # As after a failover of everything: replicas are refused where states are written.
    for (s3, bucket), half, standby in zip(buckets, halves, (Standby(rest=True), Standby()), strict=True):
        moved = regional_policy(plan.settings, replace(half, standby=standby), key_arn=_key_arn(deployed, half))
        s3.put_bucket_policy(Bucket=bucket, Policy=to_json(moved))
    key = "prod/round/terraform.tfstate"
    try:
        home = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": _key_arn(deployed, plan.replica)}
        written = there.put_object(Bucket=second, Key=key, Body=b"{}", **home)["VersionId"]
        arrived = here.head_object(Bucket=first, Key=key)
        assert (arrived["VersionId"], arrived["ReplicationStatus"]) == (written, "REPLICA")
        assert arrived["SSEKMSKeyId"] == _key_arn(deployed, plan.primary)
        there.delete_object(Bucket=second, Key=key)
        for s3, bucket in buckets:
            listed = s3.list_object_versions(Bucket=bucket, Prefix=key)
            assert [version["VersionId"] for version in listed["Versions"]] == [written]
            assert len(listed["DeleteMarkers"]) == 1
    finally:
        for (s3, bucket), half in zip(buckets, halves, strict=True):
            document = regional_policy(plan.settings, half, key_arn=_key_arn(deployed, half))
            s3.put_bucket_policy(Bucket=bucket, Policy=to_json(document))


def _key_arn(deployed: Deployment, half: RegionalBackend) -> str:
    assert half.key is not None
    kms = deployed.client("kms", half.region)
    return str(kms.describe_key(KeyId=half.key.alias)["KeyMetadata"]["Arn"])


def test_a_write_under_another_algorithm_is_refused_to_whoever_may_write(deployed: Deployment) -> None:
    plan = deployed.plan
    assert plan.settings.encryption is Encryption.KMS
    named = [arn.rsplit("/", 1)[1] for arn in plan.settings.administrators if ":role/" in arn]
    member = named[0] if named else access_role_name(plan.settings, "tests")
    s3 = deployed.client_of_role("s3", plan.settings.region, member, policy(ANYTHING))
    name = plan.primary.bucket.name
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=name, Key="prod/x", Body=b"", ServerSideEncryption="AES256")
    s3.put_object(Bucket=name, Key="prod/x", Body=b"")
    s3.delete_object(Bucket=name, Key="prod/x")


def test_a_stranger_whom_iam_lets_do_anything_reaches_no_state(deployed: Deployment) -> None:
    plan = deployed.plan
    if not plan.settings.administrators:
        return
    s3 = deployed.client_of_role("s3", plan.settings.region, "stranger", policy(ANYTHING))
    name = plan.primary.bucket.name
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=name, Key="prod/x", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=name)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_bucket_policy(Bucket=name)


@pytest.mark.parametrize(
    ("case", "keys", "tls", "sid"),
    [
        ("plain HTTP", {}, False, "DenyInsecureTransport"),
        (
            "a client's own key",
            {"s3:x-amz-server-side-encryption-customer-algorithm": "AES256"},
            True,
            "DenyCustomerProvidedKey",
        ),
        (
            "a foreign key",
            {
                "s3:x-amz-server-side-encryption": "aws:kms",
                "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:999999999999:key/theirs",
            },
            True,
            "DenyForeignKey",
        ),
    ],
)
def test_the_deployed_policy_refuses_plain_http_foreign_keys_and_sse_c(
    deployed: Deployment, case: str, keys: dict[str, str], tls: bool, sid: str
) -> None:
    settings = deployed.plan.settings
    for region in filter(None, (deployed.plan.primary, deployed.plan.replica)):
        document = deployed.client("s3", region.region).get_bucket_policy(Bucket=region.bucket.name)["Policy"]
        context = EvalContext(
            principal_arn=f"arn:aws:iam::{settings.account_id}:root",
            principal_type="Root",
            principal_account=settings.account_id,
            action="s3:PutObject",
            resource_arn=f"{region.bucket.arn}/prod/network/terraform.tfstate",
            region=region.region,
            source_ip="127.0.0.1",
            secure_transport=tls,
            service_context=keys,
        )
        result = evaluate_resource_policy(document, context)
        assert (result.decision, result.matched_sid) == ("Deny", sid), case


def test_a_changed_retention_updates_and_replaces_nothing(deployed: Deployment) -> None:
    days = str(deployed.plan.settings.noncurrent_version_days + 30)
    deployed.pulumi("config", "set", "--stack", deployed.stack, "noncurrentVersionDays", days)
    lifecycles = {"terraform-state-primary-bucket-lifecycle": "update"}
    if deployed.plan.replica is not None:
        lifecycles["terraform-state-replica-bucket-lifecycle"] = "update"
    assert deployed.planned_steps() == lifecycles
    deployed.up()
    s3 = deployed.client("s3", deployed.plan.settings.region)
    rules = s3.get_bucket_lifecycle_configuration(Bucket=deployed.plan.primary.bucket.name)["Rules"]
    expirations = {rule["ID"]: rule.get("NoncurrentVersionExpiration") for rule in rules}
    assert expirations["noncurrent-versions"]["NoncurrentDays"] == int(days)


def test_destroy_is_refused_while_protected_and_takes_all_where_data_may_go(deployed: Deployment) -> None:
    finished = deployed.run("destroy", "--stack", deployed.stack, "--yes", "--skip-preview")
    s3 = deployed.client("s3", deployed.plan.settings.region)
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    if deployed.plan.settings.protect:
        assert finished.exit_code != 0
        assert "protect" in finished.stdout + finished.stderr
        assert deployed.plan.primary.bucket.name in buckets
    else:
        assert finished.exit_code == 0, finished.stdout
        assert buckets == []


def test_the_wrong_account_is_stopped_before_anything_is_made(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator
) -> None:
    made = Deployment.prepare("staging", tmp_path_factory.mktemp("wrong"), engine, emulator)
    stack_file = made.folder / "Pulumi.staging.yaml"
    text = stack_file.read_text().replace("aws:allowedAccountIds", "# aws:allowedAccountIds")
    stack_file.write_text(text.replace("222222222222", "333333333333"))
    finished = made.run("up", "--stack", "staging", "--yes", "--skip-preview")
    assert finished.exit_code != 0
    assert 'the credentials belong to account "222222222222"' in finished.stdout
    assert "Traceback" not in finished.stdout
    state = json.loads(made.pulumi("stack", "export", "--stack", "staging"))
    made_types = {resource["type"] for resource in state["deployment"].get("resources", [])}
    assert made_types <= {"pulumi:pulumi:Stack", "pulumi:providers:aws"}


def test_every_mistake_is_shown_by_pulumi_up_without_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator
) -> None:
    made = Deployment.prepare("staging", tmp_path_factory.mktemp("mistakes"), engine, emulator)
    made.pulumi("config", "set", "--stack", "staging", "retention", "5")
    made.pulumi("config", "set", "--stack", "staging", "newerNoncurrentVersions", "500")
    finished = made.run("up", "--stack", "staging", "--yes", "--skip-preview")
    assert finished.exit_code != 0
    assert "the configuration has 2 mistakes, so nothing was made" in finished.stdout
    assert "retention" in finished.stdout
    assert "newerNoncurrentVersions" in finished.stdout
    assert "Traceback" not in finished.stdout

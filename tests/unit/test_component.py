"""What the program registers with the engine."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.provider.experimental.analyzer import Analyzer

from components.state_backend import OUTPUTS, StateBackend, StateBackendArgs
from tests.unit.configurations import BREAKAGES, valid_configurations
from tests.unit.program import Recording, Registration, run_program, stack_config

HOLDS_DATA = {
    "aws:dynamodb/table:Table",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketVersioning:BucketVersioning",
}
FROZEN = Path(__file__).with_name("frozen_urns.json")


@pytest.fixture(scope="module")
def prod() -> Recording:
    return run_program(stack_config("prod"), stack="prod")


@pytest.fixture(scope="module")
def staging() -> Recording:
    return run_program(stack_config("staging"), stack="staging")


def with_namespace(configuration: dict[str, Any]) -> dict[str, object]:
    return {key if ":" in key else f"state-backend:{key}": value for key, value in configuration.items()}


def waits_for(recording: Recording, made: Registration) -> set[str]:
    """The names of everything that ``made`` waits for, directly or not."""
    by_urn = {other.urn: other for other in recording.resources}
    found: set[str] = set()
    todo = list(made.dependencies)
    while todo:
        other = by_urn.get(todo.pop())
        if other is not None and other.name not in found:
            found.add(other.name)
            todo += other.dependencies
    return found


def test_the_program_ends_well_for_prod_and_staging(prod: Recording, staging: Recording) -> None:
    assert prod.error is None
    assert staging.error is None


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_no_resource_changes_its_urn_unseen(stack: str) -> None:
    """A new URN is a replacement for everyone who runs this already: change the file only with an alias."""
    recording = run_program(stack_config(stack), stack=stack)
    assert sorted(made.urn for made in recording.resources) == json.loads(FROZEN.read_text())[stack]


def test_no_output_is_renamed_unseen(prod: Recording, staging: Recording) -> None:
    assert tuple(prod.outputs) == tuple(staging.outputs) == OUTPUTS
    assert set(OUTPUTS) == {
        *("state_bucket_name", "lock_table_name", "kms_key_arn", "account_id", "region", "replica_region", "lock"),
        *("replica_bucket_name", "replica_lock_table_name", "replica_kms_key_arn"),
        *("backend_configs", "replica_backend_configs", "access"),
    }


def test_what_holds_data_is_protected_and_nothing_is_deleted_with_data_in_it(prod: Recording) -> None:
    assert {made.type for made in prod.resources if made.protect} == HOLDS_DATA
    assert all(made.protect for made in prod.resources if made.type in HOLDS_DATA)
    assert all(not made.inputs["forceDestroy"] for made in prod.of_type("aws:s3/bucket:Bucket"))
    assert all(made.inputs["deletionProtectionEnabled"] for made in prod.of_type("aws:dynamodb/table:Table"))


def test_where_data_may_go_nothing_stands_in_the_way() -> None:
    recording = run_program(stack_config("local"), stack="local")
    assert not any(made.protect for made in recording.resources)
    assert all(made.inputs["forceDestroy"] for made in recording.of_type("aws:s3/bucket:Bucket"))
    assert not any(
        made.inputs["deletionProtectionEnabled"] for made in recording.of_type("aws:dynamodb/table:Table")
    )


def test_everything_hangs_below_the_component(prod: Recording) -> None:
    component = prod.named("terraform-state")
    assert all(made.parent == component.urn for made in prod.resources if made is not component)
    assert all(made.name != component.name for made in prod.resources if made is not component)


def test_every_regional_resource_names_its_region(prod: Recording) -> None:
    of_the_account = {
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        "state-backend:index:StateBackend",
    }
    for made in prod.resources:
        if made.type.startswith("aws:iam/") or made.type in of_the_account:
            assert "region" not in made.inputs, made.name
        else:
            second = "-replica-" in made.name
            assert made.inputs["region"] == ("eu-west-1" if second else "eu-central-1"), made.name


def test_replication_waits_until_both_buckets_are_versioned(prod: Recording) -> None:
    waited = waits_for(prod, prod.named("terraform-state-replication"))
    assert {"terraform-state-primary-bucket-versioning", "terraform-state-replica-bucket-versioning"} <= waited
    assert "terraform-state-replication-role-policy" in waited


def test_a_bucket_policy_is_set_after_the_public_access_block(prod: Recording) -> None:
    for policy in prod.of_type("aws:s3/bucketPolicy:BucketPolicy"):
        assert policy.name.replace("-policy", "-public-access") in waits_for(prod, policy)


def test_log_delivery_is_switched_on_once_it_is_allowed(prod: Recording) -> None:
    logging = prod.named("terraform-state-primary-bucket-logging")
    assert "terraform-state-primary-logs-policy" in waits_for(prod, logging)


def test_no_setting_stands_inside_the_bucket_resource(prod: Recording) -> None:
    for bucket in prod.of_type("aws:s3/bucket:Bucket"):
        assert set(bucket.inputs) == {"bucket", "region", "forceDestroy", "tags"}


def test_each_region_has_a_lock_table_of_its_own_and_no_replica_of_it(prod: Recording) -> None:
    tables = prod.of_type("aws:dynamodb/table:Table")
    assert {table.inputs["region"] for table in tables} == {"eu-central-1", "eu-west-1"}
    assert all("replicas" not in table.inputs for table in tables)


def test_the_lockfile_alone_needs_no_table(staging: Recording) -> None:
    assert not staging.of_type("aws:dynamodb/table:Table")
    assert staging.outputs["lock_table_name"] is None


def test_s3s_own_keys_need_no_key_and_terraform_is_told_none() -> None:
    recording = run_program({**stack_config("prod"), "state-backend:encryption": "aes256"}, stack="prod")
    assert recording.error is None
    assert [key.name for key in recording.of_type("aws:kms/key:Key")] == ["terraform-state-audit-key"]
    assert recording.outputs["kms_key_arn"] is None
    assert all("kms_key_id" not in config for config in recording.outputs["backend_configs"].values())
    (rule,) = recording.named("terraform-state-replication").inputs["rules"]
    assert "encryptionConfiguration" not in rule["destination"]


def test_the_replicas_backend_files_name_the_second_region_its_bucket_and_its_key(prod: Recording) -> None:
    first = prod.outputs["backend_configs"]["prod/network"]
    second = prod.outputs["replica_backend_configs"]["prod/network"]
    assert first["key"] == second["key"]
    assert second["region"] == prod.outputs["replica_region"] != first["region"]
    assert second["bucket"] == prod.outputs["replica_bucket_name"] != first["bucket"]
    assert second["kms_key_id"] == prod.outputs["replica_kms_key_arn"] != first["kms_key_id"]


def test_tags_reach_all_that_takes_tags(prod: Recording) -> None:
    taggable = HOLDS_DATA - {"aws:s3/bucketVersioning:BucketVersioning"}
    taggable |= {"aws:iam/role:Role", "aws:iam/policy:Policy"}
    taggable |= {"aws:iam/openIdConnectProvider:OpenIdConnectProvider", "aws:cloudtrail/trail:Trail"}
    taggable |= {"aws:cloudwatch/logGroup:LogGroup", "aws:cloudwatch/metricAlarm:MetricAlarm"}
    tagged = {made.type for made in prod.resources if made.inputs.get("tags", {}).get("owner") == "platform"}
    assert tagged == taggable


def test_another_account_stops_the_program_before_anything_is_registered() -> None:
    recording = run_program(stack_config("prod"), stack="prod", caller_account="999999999999")
    assert isinstance(recording.error, pulumi.RunError)
    assert '"999999999999"' in str(recording.error)
    assert '"111111111111"' in str(recording.error)
    assert not recording.resources


def test_whoever_would_shut_itself_out_is_stopped_before_anything_is_registered() -> None:
    stranger = "arn:aws:sts::111111111111:assumed-role/somebody-else/session"
    recording = run_program(stack_config("prod"), stack="prod", caller_arn=stranger)
    assert isinstance(recording.error, pulumi.RunError)
    assert stranger in str(recording.error)
    assert "Fix: add it to administrators" in str(recording.error)
    assert not recording.resources


@settings(max_examples=15, deadline=None)
@given(valid_configurations(), st.sets(st.sampled_from(sorted(BREAKAGES)), min_size=1))
def test_a_broken_configuration_is_one_report_and_registers_nothing(
    configuration: dict[str, Any], broken: set[str]
) -> None:
    for key in sorted(broken):
        configuration.update(BREAKAGES[key])
    recording = run_program(with_namespace(configuration))
    assert isinstance(recording.error, pulumi.RunError)
    assert all(key in str(recording.error) for key in broken)
    assert not recording.resources


@settings(max_examples=15, deadline=None)
@given(valid_configurations())
def test_a_valid_configuration_is_built_to_the_end(configuration: dict[str, Any]) -> None:
    recording = run_program(with_namespace(configuration))
    assert recording.error is None
    buckets = 1 + ("replicaRegion" in configuration)
    assert len(recording.of_type("aws:s3/bucket:Bucket")) == buckets * (1 + configuration["accessLogs"])


def test_another_program_can_use_the_component_as_it_is() -> None:
    args: StateBackendArgs = {
        "region": "us-gov-west-1",
        "name_prefix": "agency",
        "account_id": "000000000000",
        "states": {"prod": ["network"]},
        "noncurrent_transition": {"days": 45, "storage_class": "STANDARD_IA"},
    }
    recording = run_program({}, program=lambda: StateBackend("mine", args))
    assert recording.error is None
    assert recording.named("mine-primary-bucket").inputs["bucket"] == "agency-tfstate-000000000000-us-gov-west-1"


def test_another_program_hears_of_its_mistakes_before_anything_is_registered() -> None:
    args: Any = {"region": "eu-west-1", "name_prefix": "acme", "states": {"prod": ["a"]}, "locks": "both"}
    recording = run_program({}, program=lambda: StateBackend("mine", args))
    assert isinstance(recording.error, pulumi.RunError)
    assert "locks" in str(recording.error)
    assert "accountId: is missing" in str(recording.error)
    assert not recording.resources


def test_the_component_can_be_served_to_other_languages() -> None:
    schema = Analyzer("state-backend").analyze([StateBackend])["component_definitions"]["StateBackend"]
    assert {name for name, given in schema.inputs.items() if not given.optional} == {
        *("region", "namePrefix", "accountId", "states")
    }
    assert set(schema.outputs_mapping.values()) == set(OUTPUTS)

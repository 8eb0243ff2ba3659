"""What every backend promises, whatever its settings."""

import ast
from pathlib import Path
from typing import Any

import botocore.session
from botocore.loaders import create_loader
from hypothesis import given
from hypothesis import strategies as st

from blueprint.backend import backend
from blueprint.backend_config import backend_configs
from blueprint.hcl import to_hcl
from blueprint.lifecycle import MAX_RULES, state_bucket_rules
from blueprint.policy_document import to_json
from blueprint.replication import replication_policy
from settings.model import Lock
from settings.regions import PARTITIONS, partition_of
from settings.state_keys import expected_states, state_key
from tests.unit.configurations import valid_configurations
from tests.unit.program import ROOT
from tests.unit.test_settings import GOOD, read

KEY = "arn:aws:kms:eu-central-1:123456789012:key/k"


def test_the_regions_and_partitions_are_those_that_botocore_knows() -> None:
    session = botocore.session.get_session()
    published = {entry["id"]: entry["outputs"] for entry in create_loader().load_data("partitions")["partitions"]}
    assert {partition.name for partition in PARTITIONS} == set(published)
    for partition in PARTITIONS:
        known = {
            region
            for service in ("s3", "dynamodb", "kms")
            for region in session.get_available_regions(service, partition.name)
        }
        assert set(partition.regions) == known, partition.name
        assert published[partition.name]["dnsSuffix"] == partition.dns_suffix


@given(valid_configurations())
def test_no_rule_ever_expires_a_current_state(configuration: dict[str, Any]) -> None:
    settings = read(configuration)
    rules = state_bucket_rules(settings)
    keys = [
        state_key(f"{environment}/{service}")
        for environment in settings.states
        for service in settings.states[environment]
    ]
    assert len(rules) <= MAX_RULES
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.current_version_days is None
        reaches_states = any(key.startswith(rule.prefix) for key in [*keys, *(f"env:/w/{key}" for key in keys)])
        if rule.noncurrent_version_days is not None and reaches_states:
            assert rule.noncurrent_version_days == settings.noncurrent_version_days
            assert rule.newer_noncurrent_versions == settings.newer_noncurrent_versions


def test_the_litter_of_each_lockfile_goes_after_a_day_unless_there_are_no_lockfiles() -> None:
    settings = read(GOOD)
    prefixes = {rule.prefix for rule in state_bucket_rules(settings) if rule.noncurrent_version_days == 1}
    assert prefixes == {"prod/network/terraform.tfstate.tflock", "prod/database/terraform.tfstate.tflock"}
    table_only = read({**GOOD, "lock": "dynamodb"})
    assert not any(rule.prefix for rule in state_bucket_rules(table_only))


def test_more_states_than_s3_takes_rules_still_make_a_lifecycle() -> None:
    many = read({**GOOD, "states": {"prod": [f"service-{number}" for number in range(1500)]}})
    assert [rule.prefix for rule in state_bucket_rules(many)] == ["", "", ""]


@given(valid_configurations())
def test_every_arn_and_host_is_of_the_regions_own_partition(configuration: dict[str, Any]) -> None:
    plan = backend(read(configuration))
    partition = partition_of(plan.primary.region)
    documents = [region.key.policy for region in (plan.primary, plan.replica) if region and region.key]
    if plan.replication:
        documents.append(replication_policy(plan.replication, source_key_arn=None, destination_key_arn=None))
    for text in map(to_json, documents):
        assert text.count('"arn:') == text.count(f'"arn:{partition.name}:')
        assert text.count(f'amazonaws.com{".cn" if partition.name == "aws-cn" else ""}"') == text.count(
            "amazonaws.com"
        )
    for region in filter(None, (plan.primary, plan.replica)):
        assert region.bucket.arn.startswith(f"arn:{partition.name}:s3:::")
        assert region.table is None or region.table.arn.startswith(
            f"arn:{partition.name}:dynamodb:{region.region}:"
        )


@given(valid_configurations())
def test_the_replica_is_hardened_exactly_as_the_first_bucket(configuration: dict[str, Any]) -> None:
    plan = backend(read(configuration))
    if plan.replica is None:
        return
    first, second = plan.primary.bucket, plan.replica.bucket
    assert (first.encryption, first.rules, first.tags) == (second.encryption, second.rules, second.tags)
    assert (first.logging is None) == (second.logging is None)
    assert (plan.primary.table is None) == (plan.replica.table is None)
    assert (plan.primary.key is None) == (plan.replica.key is None)


@given(valid_configurations())
def test_terraform_is_told_the_key_and_the_lock_that_were_chosen(configuration: dict[str, Any]) -> None:
    settings = read(configuration)
    plan = backend(settings)
    kms = KEY if plan.primary.key else None
    configs = backend_configs(settings, plan.primary, expected_states(settings.states), kms_key_arn=kms)
    assert len(configs) == sum(len(services) for services in settings.states.values())
    for name, arguments in configs.items():
        assert arguments["key"] == f"{name}/terraform.tfstate"
        assert arguments["encrypt"] is True
        assert arguments.get("kms_key_id") == kms
        assert arguments.get("use_lockfile", False) == (settings.lock is not Lock.DYNAMODB)
        assert ("dynamodb_table" in arguments) == (settings.lock is not Lock.LOCKFILE)
        assert arguments["allowed_account_ids"] == [settings.account_id]
    assert len({arguments["key"] for arguments in configs.values() if isinstance(arguments["key"], str)}) == len(
        configs
    )


@given(valid_configurations())
def test_where_the_key_is_not_known_terraform_asks_for_no_encryption_but_the_buckets(
    configuration: dict[str, Any],
) -> None:
    settings = read(configuration)
    plan = backend(settings)
    configs = backend_configs(settings, plan.primary, expected_states(settings.states), kms_key_arn=None)
    for arguments in configs.values():
        assert ("encrypt" in arguments) == (plan.primary.key is None)
        assert "kms_key_id" not in arguments


def test_a_backend_file_lines_up_and_starts_no_template() -> None:
    text = to_hcl({"bucket": "b", "encrypt": True, "allowed_account_ids": ["1"], "note": 'say "${x}" %{y}'})
    assert text == (
        'bucket              = "b"\n'
        "encrypt             = true\n"
        'allowed_account_ids = ["1"]\n'
        'note                = "say \\"$${x}\\" %%{y}"\n'
    )


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text() | st.booleans() | st.integers()))
def test_a_backend_file_has_one_line_for_each_argument(arguments: dict[str, Any]) -> None:
    assert len(to_hcl(arguments).split("\n")) == len(arguments) + 1


ALLOWED = {
    "settings": set(),
    "statefile": set(),
    "blueprint": {"settings", "statefile"},
    "components": {"settings", "statefile", "blueprint", "pulumi", "pulumi_aws"},
    "store": {"settings", "statefile", "boto3", "botocore", "types_boto3_dynamodb", "types_boto3_s3"},
    "statectl": {"settings", "statefile", "blueprint", "store"},
}
"""What each package may import beside itself, of the project and of what belongs to Pulumi and AWS."""
RULED = {*ALLOWED, *set.union(*ALLOWED.values()), "localcloud", "tests", "docs"}


def test_imports_go_one_way() -> None:
    for package, allowed in ALLOWED.items():
        for path in (ROOT / package).rglob("*.py"):
            for imported in _imports(path):
                top = imported.split(".")[0]
                assert top in {package, *allowed} or top not in RULED, f"{path} imports {imported}"


def _imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found

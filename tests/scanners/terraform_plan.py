"""What the program registered, as the JSON of a Terraform plan: the form in which Checkov knows AWS best.

Pulumi's AWS provider is Terraform's underneath: a property is its Terraform name in camel case, and plural where
it is a list. What differs beyond that is in the tables.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.unit.program import Registration

TYPES = {
    "aws:cloudtrail/trail:Trail": "aws_cloudtrail",
    "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "aws_cloudwatch_log_metric_filter",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
    "aws:dynamodb/table:Table": "aws_dynamodb_table",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "aws_iam_openid_connect_provider",
    "aws:iam/policy:Policy": "aws_iam_policy",
    "aws:iam/role:Role": "aws_iam_role",
    "aws:iam/rolePolicy:RolePolicy": "aws_iam_role_policy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "aws_iam_role_policy_attachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "aws_iam_user_policy_attachment",
    "aws:kms/alias:Alias": "aws_kms_alias",
    "aws:kms/key:Key": "aws_kms_key",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": "aws_s3_account_public_access_block",
    "aws:s3/bucket:Bucket": "aws_s3_bucket",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "aws_s3_bucket_lifecycle_configuration",
    "aws:s3/bucketLogging:BucketLogging": "aws_s3_bucket_logging",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "aws_s3_bucket_ownership_controls",
    "aws:s3/bucketPolicy:BucketPolicy": "aws_s3_bucket_policy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "aws_s3_bucket_public_access_block",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "aws_s3_bucket_replication_configuration",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "aws_s3_bucket_server_side_encryption_configuration"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": "aws_s3_bucket_versioning",
}
SINGULAR = {
    "advancedEventSelectors": "advanced_event_selector",
    "attributes": "attribute",
    "clientIdLists": "client_id_list",
    "fieldSelectors": "field_selector",
    "noncurrentVersionTransitions": "noncurrent_version_transition",
    "rules": "rule",
    "startsWiths": "starts_with",
}
GIVEN_BY_AWS = {"aws:cloudtrail/trail:Trail": {"cloudWatchLogsGroupArn": "aws:cloudwatch/logGroup:LogGroup"}}
"""Properties that only AWS can fill, with the type they come from: known by what the resource depends on."""

MAPS = {"tags"}
"""Objects that are an argument's value; any other object is a block."""


def terraform_plan(registrations: Iterable[Registration]) -> tuple[dict[str, Any], dict[str, str]]:
    """The plan that would make all of it, and each address in it with the resource's name in the program.

    :raises KeyError: for a type that is in no table, since nobody would look at it.
    """
    made = [at for at in registrations if not at.type.startswith("state-backend:")]
    addresses = {at.name: f"{TYPES[at.type]}.{re.sub('[^A-Za-z0-9_-]', '-', at.name)}" for at in made}
    known = {value: addresses[at.name] for at in made for value in _identities(at)}
    by_urn = {at.urn: at for at in made}
    planned, configured, changes = [], [], []
    for at in made:
        address = addresses[at.name]
        kind, _, name = address.partition(".")
        values = _block(at.inputs)
        references = _references(at.inputs, known, but=address)
        for property_, source in GIVEN_BY_AWS.get(at.type, {}).items():
            for other in (by_urn[urn] for urn in at.dependencies if urn in by_urn):
                if other.type == source:
                    target = addresses[other.name]
                    values[_snake(property_)] = f"${{{target}.arn}}"
                    references[_snake(property_)] = {"references": [f"{target}.arn", target]}
        head = {"address": address, "mode": "managed", "type": kind, "name": name}
        planned.append({**head, "values": values})
        changes.append({**head, "change": {"actions": ["create"], "before": None, "after": values}})
        configured.append({**head, "expressions": references})
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.15.5",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured}},
    }
    return plan, {address: name for name, address in addresses.items()}


def _identities(at: Registration) -> list[str]:
    """The values by which others mean this resource."""
    if at.type == "aws:s3/bucket:Bucket":
        return [str(at.inputs["bucket"]), f"arn:aws:s3:::{at.inputs['bucket']}"]
    if at.type == "aws:iam/role:Role":
        return [str(at.inputs["name"])]
    if at.type == "aws:kms/key:Key":
        return [f"id-of-{at.name}"]
    return []


def _references(inputs: Mapping[str, Any], known: Mapping[str, str], *, but: str) -> dict[str, Any]:
    """Which argument refers to which resource, as Terraform would have it in its configuration."""
    found: dict[str, Any] = {}
    for name, value in inputs.items():
        target = known.get(value.rpartition(":key/")[2]) if isinstance(value, str) else None
        if target is not None and target != but:
            found[_snake(name)] = {"references": [f"{target}.id", target]}
    return found


def _block(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {_snake(name): _value(name, value) for name, value in properties.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value) if name in MAPS else [_block(value)]
    if isinstance(value, list):
        return [_block(item) if isinstance(item, Mapping) else item for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _snake(name: str) -> str:
    return SINGULAR.get(name) or re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()

"""The policies of a stack as AWS has them once it is up, read back by boto3."""

import json
from typing import Any

from blueprint.access import grants
from blueprint.backend import RegionalBackend
from blueprint.policy_document import PolicyDocument
from tests.integration.deployment import Deployment
from tests.proof.account import (
    AUDIT_BUCKET,
    AUDIT_KEY,
    Account,
    Region,
    grant_titles,
    moved_documents,
    named_audit,
    named_region,
    named_roles,
    operator_policies,
    recording,
    region_titles,
    with_stand_ins,
)


def deployed_account(deployment: Deployment) -> Account:
    """The account of a deployed stack."""
    plan = deployment.plan
    assert plan.replica is not None
    roles = named_roles(plan)
    primary, replica = (_region(deployment, half) for half in (plan.primary, plan.replica))
    iam = deployment.client("iam", primary.code)
    documents: dict[str, PolicyDocument] = {}
    identity: dict[str, tuple[str, ...]] = {}
    resource: dict[str, str] = {}
    made = [grant.name for grant in grants(plan.settings) if grant.role is not None]
    services = ("replication", "batch replication", "audit delivery")
    for name in (*made, *services):
        documents[f"trust of {name}"] = _trust(iam, roles[name])
        resource[roles[name]] = f"trust of {name}"
    for name in services:
        identity[roles[name]] = (f"policy of {name}",)
        documents[f"policy of {name}"] = _only_policy(iam, roles[name].rsplit("/", 1)[1])
    holders = {
        roles[grant.name if grant.role else "reviewer"]: {
            title: one.name for title, one in grant_titles(plan, grant).items()
        }
        for grant in grants(plan.settings)
    }
    holders |= {roles[who]: named for who, named in operator_policies(plan, roles).items()}
    for arn, named in holders.items():
        name = arn.rsplit("/", 1)[1]
        attached = _attached(iam, name)
        assert set(attached) == set(named.values())
        assert _inline(iam, name) == []
        identity[arn] = tuple(named)
        documents |= {title: attached[policy] for title, policy in named.items()}
    for region in (primary, replica):
        bucket, logs, key = region_titles(region)
        documents[bucket] = _bucket_policy(deployment, region, region.bucket)
        documents[logs] = _bucket_policy(deployment, region, region.logs)
        documents[key] = _key_policy(deployment, region)
        resource |= {region.bucket: bucket, region.logs: logs, region.key: key}
    documents |= moved_documents(plan, (primary, replica))
    kept = recording(plan)
    audit = named_audit(plan, _key(deployment, kept.key.alias, kept.key.region))
    documents[AUDIT_BUCKET] = _bucket_policy(deployment, audit, audit.bucket)
    documents[AUDIT_KEY] = _key_policy(deployment, audit)
    resource |= {audit.bucket: AUDIT_BUCKET, audit.key: AUDIT_KEY}
    trails = deployment.client("cloudtrail", audit.code).describe_trails(trailNameList=[kept.name])["trailList"]
    return with_stand_ins(
        Account(
            id=plan.settings.account_id,
            primary=primary,
            replica=replica,
            audit=audit,
            trail=trails[0]["TrailARN"],
            log_group=trails[0]["CloudWatchLogsLogGroupArn"].removesuffix(":*"),
            roles=roles,
            documents=documents,
            identity=identity,
            resource=resource,
        )
    )


def _region(deployment: Deployment, half: RegionalBackend) -> Region:
    assert half.key is not None
    key = _key(deployment, half.key.alias, half.region)
    return named_region(half, deployment.plan.settings.account_id, key)


def _key(deployment: Deployment, alias: str, region: str) -> str:
    arn: str = deployment.client("kms", region).describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    return arn


def _key_policy(deployment: Deployment, region: Region) -> PolicyDocument:
    kms = deployment.client("kms", region.code)
    return _parsed(kms.get_key_policy(KeyId=region.key, PolicyName="default")["Policy"])


def _only_policy(iam: Any, role: str) -> PolicyDocument:
    """The one policy of a role, which is its own: a second one would go unproved."""
    (document,) = [*_inline(iam, role), *_attached(iam, role).values()]
    return document


def _inline(iam: Any, role: str) -> list[PolicyDocument]:
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return [_parsed(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]) for name in names]


def _attached(iam: Any, role: str) -> dict[str, PolicyDocument]:
    """The managed policies of a role, by their names."""
    found = {}
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        found[attached["PolicyName"]] = _parsed(document)
    return found


def _trust(iam: Any, arn: str) -> PolicyDocument:
    role = iam.get_role(RoleName=arn.rsplit("/", 1)[1])["Role"]
    assert role["Arn"] == arn
    return _parsed(role["AssumeRolePolicyDocument"])


def _bucket_policy(deployment: Deployment, region: Region, arn: str) -> PolicyDocument:
    s3 = deployment.client("s3", region.code)
    return _parsed(s3.get_bucket_policy(Bucket=arn.rsplit(":", 1)[1])["Policy"])


def _parsed(document: Any) -> PolicyDocument:
    parsed: PolicyDocument = json.loads(document) if isinstance(document, str) else document
    return parsed

"""An account with the policies of one stack in it: those that the code promises, or those that are deployed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from blueprint.access import Grant, GrantPolicy, grant_policies, grants
from blueprint.access_policy import access_policy
from blueprint.audit_trail import Recording
from blueprint.backend import Backend, RegionalBackend, backend
from blueprint.bucket_policy import log_bucket_policy
from blueprint.guard import guard
from blueprint.names import account_root_arn, batch_replication_role_arn, replication_role_arn
from blueprint.operator_policy import operator_policy
from blueprint.operators import Operation, operator_grants
from blueprint.policy_document import PolicyDocument, policy, to_json
from blueprint.regional_policy import regional_policy
from blueprint.replication import replication_policy
from blueprint.standby import Activity, Standby
from settings.arns import name_in
from settings.stack_file import load_stack_file
from tests.proof.request import Request
from tests.unit.program import ROOT

STRANGER = "arn:aws:iam::{account}:role/stranger"
OUTSIDER = "arn:aws:iam::999999999999:role/outsider"
PARTNER = "arn:aws:iam::333333333333:role/partner-terraform"

_ROLE = ("arn:aws:iam::", ":role/")

IAM = "the account's own IAM"
"""The title of the policy that lets its holder do anything: what is proved holds even then."""
AUDIT_BUCKET, AUDIT_KEY = "audit bucket", "audit key"
OTHER_KEYS = "any other key of the account"
"""The title of the key policy that AWS gives a key by default."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """What the stack has in one region, by the names that requests use; ``other_key`` is not the stack's."""

    code: str
    bucket: str
    logs: str
    table: str
    key: str
    other_key: str

    @property
    def bucket_name(self) -> str:
        return self.bucket.rsplit(":", 1)[1]

    @property
    def table_name(self) -> str:
        return self.table.rsplit("/", 1)[1]


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account, and where which policy counts.

    :param audit: the audit trail's bucket and key, in the names of a region's; ``trail`` and ``log_group`` are its
        own ARNs.
    :param roles: ARNs of roles by the name of their access entry, ``replication``, ``batch replication``,
        ``administrator``, ``break-glass``, ``service-runner``, ``reviewer``, ``reading operator``,
        ``writing operator`` and ``audit delivery``.
    :param documents: every policy by its title.
    :param identity: the titles of a role's own policies, by the role's ARN.
    :param resource: the title of a resource's policy, by the ARN of the bucket, key or role.
    """

    id: str
    primary: Region
    replica: Region
    audit: Region
    trail: str
    log_group: str
    roles: Mapping[str, str]
    documents: Mapping[str, PolicyDocument]
    identity: Mapping[str, tuple[str, ...]]
    resource: Mapping[str, str]

    def titles_for(self, request: Request) -> tuple[tuple[str, ...], str | None]:
        """The titles of the principal's own policies, and of the resource's, where it has one that counts.

        A role's trust policy is about becoming the role: to read or change the role is left to IAM alone.
        """
        own = self.identity.get(request.caller.principal, ())
        if request.action.startswith("iam:"):
            return own, None
        name = request.resource
        owner = name.split("/", maxsplit=1)[0] if name.startswith("arn:aws:s3:") else name
        title = self.resource.get(owner)
        moved = title and moved_title(title)
        return own, moved if request.moved and moved in self.documents else title

    def from_the_other_side(self) -> "Account":
        """The same account with the regions in each other's place, for what is tried in both."""
        return replace(self, primary=self.replica, replica=self.primary)

    def having(self, title: str, document: PolicyDocument) -> "Account":
        """The same account with another policy in the place of one."""
        return replace(self, documents={**self.documents, title: document})

    def own_titles(self) -> list[str]:
        """The titles of the stack's policies, without those that stand for the rest of the account."""
        return [title for title in self.documents if title not in (IAM, OTHER_KEYS)]


def named_region(plan: RegionalBackend, account: str, key: str) -> Region:
    """The names of one region of a stack that has everything."""
    assert plan.log_bucket is not None
    assert plan.table is not None
    return Region(
        code=plan.region,
        bucket=plan.bucket.arn,
        logs=plan.log_bucket.arn,
        table=plan.table.arn,
        key=key,
        other_key=f"arn:aws:kms:{plan.region}:{account}:key/another",
    )


def named_audit(plan: Backend, key: str) -> Region:
    """The names of the audit trail's bucket and key."""
    bucket = recording(plan).bucket
    region = named_region(plan.primary, plan.settings.account_id, key)
    return replace(region, code=bucket.region, bucket=bucket.arn, logs=bucket.arn)


def recording(plan: Backend) -> Recording:
    """The trail that the stack makes."""
    assert plan.audit is not None
    assert plan.audit.recording is not None
    return plan.audit.recording


def named_roles(plan: Backend) -> dict[str, str]:
    """The roles that the stack makes or names."""
    settings = plan.settings
    assert settings.break_glass is not None
    assert settings.access_by_tag is not None
    made = {grant.name: grant.role.arn for grant in grants(settings) if grant.role is not None}
    assert settings.operators is not None
    (reviewer,) = (arn for entry in settings.access for arn in entry.principals)
    return {
        **made,
        "reviewer": reviewer,
        "replication": replication_role_arn(settings.name_prefix, settings.account_id, settings.region),
        "batch replication": batch_replication_role_arn(
            settings.name_prefix, settings.account_id, settings.region
        ),
        "administrator": settings.administrators[0],
        "break-glass": settings.break_glass.principals[0],
        "service-runner": settings.access_by_tag.principals[0],
        "reading operator": settings.operators.readers[0],
        "writing operator": settings.operators.writers[0],
        "audit delivery": f"{settings.account_id.join(_ROLE)}{recording(plan).name}",
    }


def grant_titles(plan: Backend, grant: Grant) -> dict[str, GrantPolicy]:
    """The policies of an entry by their titles: one for each region."""
    first, second = grant_policies(plan, grant)
    return {f"policy of {grant.name}": first, f"policy of {grant.name} (second region)": second}


def moved_title(title: str) -> str:
    """The title of a state bucket's policy after a failover of every state."""
    return f"{title} (failed over)"


def moved_documents(plan: Backend, regions: tuple[Region, Region]) -> dict[str, PolicyDocument]:
    """The policies of the state buckets after a failover of every state, by their titles."""
    moved = backend(plan.settings, Activity(first=Standby(rest=True), second=Standby()))
    assert moved.replica is not None
    return {
        moved_title(region_titles(region)[0]): regional_policy(plan.settings, half, key_arn=region.key)
        for half, region in zip((moved.primary, moved.replica), regions, strict=True)
    }


def operator_policies(plan: Backend, roles: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """For each operator the titles of the policies that it has, with their names in IAM."""
    return {
        who: {
            operator_title(grant.operation): grant.policy_name
            for grant in operator_grants(plan.settings)
            if name_in(roles[who]) in grant.attach_roles
        }
        for who in ("reading operator", "writing operator")
    }


def operator_title(operation: Operation) -> str:
    """The title of a policy of operators."""
    return f"policy of {operation}"


def stand_ins(account: str, regions: tuple[Region, Region]) -> dict[str, PolicyDocument]:
    """The policies that stand for the rest of the account."""
    return {
        IAM: policy({"Sid": "IAM", "Effect": "Allow", "Action": "*", "Resource": "*"}),
        OTHER_KEYS: policy(
            {
                "Sid": "DefaultKeyPolicy",
                "Effect": "Allow",
                "Principal": {"AWS": account_root_arn(account, regions[0].code)},
                "Action": "kms:*",
                "Resource": "*",
            }
        ),
    }


def powerful(account: str, roles: Mapping[str, str]) -> list[str]:
    """The roles to which the account's own IAM gives everything, for the sake of the proof."""
    return [roles["administrator"], roles["break-glass"], STRANGER.format(account=account), OUTSIDER, PARTNER]


def promised_account() -> Account:
    """The account of stack prod as the code promises it; key ids, which AWS chooses, are made up."""
    plan = backend(load_stack_file(ROOT / "Pulumi.prod.yaml"))
    settings = plan.settings
    assert plan.replica is not None
    assert plan.replication is not None
    roles = named_roles(plan)
    who = guard(settings)
    documents: dict[str, PolicyDocument] = {}
    identity: dict[str, tuple[str, ...]] = {}
    resource: dict[str, str] = {}
    keys = {
        half.region: f"arn:aws:kms:{half.region}:{settings.account_id}:key/state"
        for half in (plan.primary, plan.replica)
    }
    primary, replica = (
        named_region(half, settings.account_id, keys[half.region]) for half in (plan.primary, plan.replica)
    )
    for grant in grants(settings):
        titles = grant_titles(plan, grant)
        for (title, one), region in zip(titles.items(), (primary, replica), strict=True):
            documents[title] = access_policy(settings, one.region, grant.scope, key_arn=region.key)
        identity[roles["reviewer"] if grant.role is None else grant.role.arn] = tuple(titles)
        if grant.role is not None:
            documents[f"trust of {grant.name}"] = grant.role.trust
            resource[grant.role.arn] = f"trust of {grant.name}"
    audit_key = f"arn:aws:kms:{plan.primary.region}:{settings.account_id}:key/audit"
    for operator in operator_grants(settings):
        documents[operator_title(operator.operation)] = operator_policy(
            plan, operator.operation, state_keys=[primary.key, replica.key], audit_key=audit_key
        )
    for who_operates, named in operator_policies(plan, roles).items():
        identity[roles[who_operates]] = tuple(named)
    documents["policy of replication"] = replication_policy(
        plan.replication, source_key_arn=primary.key, destination_key_arn=replica.key
    )
    documents["trust of replication"] = plan.replication.trust_policy
    batch = plan.replication.batch_role
    documents |= {"policy of batch replication": batch.policy, "trust of batch replication": batch.trust_policy}
    for name in ("replication", "batch replication"):
        identity[roles[name]] = (f"policy of {name}",)
        resource[roles[name]] = f"trust of {name}"
    for half, region in ((plan.primary, primary), (plan.replica, replica)):
        assert half.key is not None
        bucket, logs, key = region_titles(region)
        documents[bucket] = regional_policy(settings, half, key_arn=region.key)
        documents[logs] = log_bucket_policy(
            region.logs, source_bucket_arns=half.logged, account=settings.account_id, who=who
        )
        documents[key] = half.key.policy
        resource |= {region.bucket: bucket, region.logs: logs, region.key: key}
    documents |= moved_documents(plan, (primary, replica))
    kept = recording(plan)
    audit = named_audit(plan, audit_key)
    documents |= {
        AUDIT_BUCKET: kept.bucket_policy,
        AUDIT_KEY: kept.key.policy,
        "policy of audit delivery": kept.delivery_policy,
        "trust of audit delivery": kept.delivery_trust,
    }
    identity[roles["audit delivery"]] = ("policy of audit delivery",)
    resource |= {
        audit.bucket: AUDIT_BUCKET,
        audit.key: AUDIT_KEY,
        roles["audit delivery"]: "trust of audit delivery",
    }
    return with_stand_ins(
        Account(
            id=settings.account_id,
            primary=primary,
            replica=replica,
            audit=audit,
            trail=kept.arn,
            log_group=kept.log_group_arn,
            roles=roles,
            documents=documents,
            identity=identity,
            resource=resource,
        )
    )


def region_titles(region: Region) -> tuple[str, str, str]:
    """The titles of the policies of the state bucket, the log bucket and the key."""
    return f"state bucket, {region.code}", f"log bucket, {region.code}", f"key, {region.code}"


def with_stand_ins(account: Account) -> Account:
    """The account with what stands for the rest of it."""
    everything = dict.fromkeys(powerful(account.id, account.roles), (IAM,))
    others = dict.fromkeys((account.primary.other_key, account.replica.other_key), OTHER_KEYS)
    documents = stand_ins(account.id, (account.primary, account.replica))
    # As JSON has them: the code's tuples are lists to AWS.
    everyone = {title: json.loads(to_json(one)) for title, one in {**account.documents, **documents}.items()}
    return replace(
        account,
        documents=everyone,
        identity={**account.identity, **everything},
        resource={**account.resource, **others},
    )

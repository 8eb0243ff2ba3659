"""AWS's limits on policies and names, found out before AWS does.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
"""

from collections import Counter
from collections.abc import Iterator

from blueprint.access import grant_policies, grants
from blueprint.access_policy import access_policy
from blueprint.backend import Backend, RegionalBackend
from blueprint.operator_policy import operator_policy
from blueprint.operators import OperatorGrant, operator_grants
from blueprint.policy_document import to_json
from blueprint.regional_policy import regional_policy
from settings.mistakes import Mistake
from settings.regions import partition_of

POLICY_CHARACTERS = 6144
TRUST_CHARACTERS = 2048
BUCKET_POLICY_BYTES = 20 * 1024
POLICIES_PER_PRINCIPAL = 10
ROLE_NAME_CHARACTERS = 64

_BY_TAG = "use accessByTag, whose one policy does not grow"


def over_limits(plan: Backend) -> Iterator[Mistake]:
    """Every limit that the access of a stack would exceed."""
    settings = plan.settings
    attached: Counter[str] = Counter()
    for grant in grants(settings):
        key = f"access ({grant.name})"
        policies = grant_policies(plan, grant)
        size = max(
            len(to_json(access_policy(settings, one.region, grant.scope, key_arn=stand_in_key_arn(one.region))))
            for one in policies
        )
        if size > POLICY_CHARACTERS:
            yield _over(
                key, "the characters of its policy", size, POLICY_CHARACTERS, f"split the entry, or {_BY_TAG}"
            )
        if grant.role is not None:
            size = len(to_json(grant.role.trust))
            if size > TRUST_CHARACTERS:
                yield _over(key, "the characters of its trust policy", size, TRUST_CHARACTERS, "split the entry")
            size = len(grant.role.name)
            if size > ROLE_NAME_CHARACTERS:
                fix = "shorten its name or namePrefix"
                yield _over(key, "the characters of its role's name", size, ROLE_NAME_CHARACTERS, fix)
        attached.update([*grant.attach_roles, *grant.attach_users] * len(policies))
    for operator_grant in operator_grants(settings):
        yield from _operators_over(plan, operator_grant)
        attached.update([*operator_grant.attach_roles, *operator_grant.attach_users])
    for principal, count in attached.items():
        if count > POLICIES_PER_PRINCIPAL:
            fix = f"join its entries into one, or {_BY_TAG}"
            yield _over("access", f"the policies of {principal}", count, POLICIES_PER_PRINCIPAL, fix)
    for region in (plan.primary, plan.replica):
        if region is None:
            continue
        document = regional_policy(settings, region, key_arn=stand_in_key_arn(region))
        size = len(to_json(document).encode())
        if size > BUCKET_POLICY_BYTES:
            fix = "name fewer principals of this account directly: roles made for entries share one pattern"
            what = f"the bytes of the bucket policy in {region.region}"
            yield _over("access", what, size, BUCKET_POLICY_BYTES, fix)


def _operators_over(plan: Backend, grant: OperatorGrant) -> Iterator[Mistake]:
    keys = [stand_in_key_arn(region) for region in (plan.primary, plan.replica) if region is not None]
    trail = plan.audit.recording if plan.audit else None
    document = operator_policy(
        plan,
        grant.operation,
        state_keys=[arn for arn in keys if arn is not None],
        audit_key=_stand_in(trail.key.region) if trail else None,
    )
    size = len(to_json(document))
    if size > POLICY_CHARACTERS:
        fix = "name fewer roles and users directly, in operators and access: people can share a role"
        yield _over("operators", f"the characters of {grant.policy_name}", size, POLICY_CHARACTERS, fix)


def stand_in_key_arn(region: RegionalBackend) -> str | None:
    """An ARN as long as the key's will be, which AWS chooses when it makes the key."""
    if region.key is None:
        return None
    return _stand_in(region.region)


def _stand_in(region: str) -> str:
    return f"arn:{partition_of(region).name}:kms:{region}:{'0' * 12}:key/{'0' * 36}"


def _over(key: str, what: str, size: int, limit: int, fix: str) -> Mistake:
    return Mistake(key=key, value=size, problem=f"is {what}, where AWS takes {limit}", fix=fix)

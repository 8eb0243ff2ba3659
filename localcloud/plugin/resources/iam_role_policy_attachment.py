"""`aws:iam/rolePolicyAttachment:RolePolicyAttachment`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import failures
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class RolePolicyAttachment(Kind):
    """That a role has a policy. Its id is `<role>/<ARN of the policy>`."""

    resource_type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    regional = False
    replaces = frozenset({"policyArn", "role"})
    properties = Record(fields={"policyArn": Leaf("PolicyArn"), "role": Leaf("RoleName")})

    def create(self, region: Region, inputs: Properties) -> str:
        """AttachRolePolicy."""
        name = f"{inputs['role']}/{inputs['policyArn']}"
        self.settle(region, name, inputs)
        return name

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """AttachRolePolicy, which may be said twice."""
        region.client("iam").attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])

    def read(self, region: Region, name: str) -> Properties | None:
        """ListAttachedRolePolicies."""
        role, _, arn = name.partition("/")
        with failures.absent("NoSuchEntity"):
            pages = region.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=role)
            if any(policy["PolicyArn"] == arn for page in pages for policy in page["AttachedPolicies"]):
                return {"role": role, "policyArn": arn}
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DetachRolePolicy."""
        role, _, arn = name.partition("/")
        with failures.absent("NoSuchEntity"):
            region.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn)

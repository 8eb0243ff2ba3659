"""`aws:iam/userPolicyAttachment:UserPolicyAttachment`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import failures
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class UserPolicyAttachment(Kind):
    """That a user has a policy. Its id is `<user>/<ARN of the policy>`."""

    resource_type = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
    regional = False
    replaces = frozenset({"policyArn", "user"})
    properties = Record(fields={"policyArn": Leaf("PolicyArn"), "user": Leaf("UserName")})

    def create(self, region: Region, inputs: Properties) -> str:
        """AttachUserPolicy."""
        name = f"{inputs['user']}/{inputs['policyArn']}"
        self.settle(region, name, inputs)
        return name

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """AttachUserPolicy, which may be said twice."""
        region.client("iam").attach_user_policy(UserName=inputs["user"], PolicyArn=inputs["policyArn"])

    def read(self, region: Region, name: str) -> Properties | None:
        """ListAttachedUserPolicies."""
        user, _, arn = name.partition("/")
        with failures.absent("NoSuchEntity"):
            pages = region.client("iam").get_paginator("list_attached_user_policies").paginate(UserName=user)
            if any(policy["PolicyArn"] == arn for page in pages for policy in page["AttachedPolicies"]):
                return {"user": user, "policyArn": arn}
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DetachUserPolicy."""
        user, _, arn = name.partition("/")
        with failures.absent("NoSuchEntity"):
            region.client("iam").detach_user_policy(UserName=user, PolicyArn=arn)

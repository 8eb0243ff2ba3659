"""What the attachments of managed policies to roles and to users have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from localcloud.plugin import failures
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.wire import Properties


class PolicyAttachment(Kind):
    """That a role or user has a policy. Its id is `<role or user>/<ARN of the policy>`."""

    regional = False
    holder: ClassVar[str]
    """`role` or `user`: so the property is named, and so are IAM's calls and their arguments."""

    def create(self, region: Region, inputs: Properties) -> str:
        """AttachRolePolicy or AttachUserPolicy."""
        name = f"{inputs[self.holder]}/{inputs['policyArn']}"
        self.settle(region, name, inputs)
        return name

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """The same, which may be said twice."""
        attach = getattr(region.client("iam"), f"attach_{self.holder}_policy")
        attach(**self._named(inputs[self.holder]), PolicyArn=inputs["policyArn"])

    def read(self, region: Region, name: str) -> Properties | None:
        """ListAttachedRolePolicies or ListAttachedUserPolicies."""
        holder, _, arn = name.partition("/")
        with failures.absent("NoSuchEntity"):
            paginator = region.client("iam").get_paginator(f"list_attached_{self.holder}_policies")
            pages = paginator.paginate(**self._named(holder))
            if any(policy["PolicyArn"] == arn for page in pages for policy in page["AttachedPolicies"]):
                return {self.holder: holder, "policyArn": arn}
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DetachRolePolicy or DetachUserPolicy."""
        holder, _, arn = name.partition("/")
        with failures.absent("NoSuchEntity"):
            getattr(region.client("iam"), f"detach_{self.holder}_policy")(**self._named(holder), PolicyArn=arn)

    def _named(self, holder: str) -> dict[str, str]:
        return {f"{self.holder.capitalize()}Name": holder}

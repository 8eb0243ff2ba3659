"""`aws:iam/rolePolicy:RolePolicy`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class RolePolicy(Kind):
    """A policy inside a role. Its id is `<role>:<name>`."""

    resource_type = "aws:iam/rolePolicy:RolePolicy"
    regional = False
    naming = "name"
    replaces = frozenset({"name", "role"})
    properties = Record(
        fields={
            "name": Leaf("PolicyName"),
            "policy": Leaf("PolicyDocument", codec=codecs.DOCUMENT),
            "role": Leaf("RoleName"),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """PutRolePolicy."""
        name = f"{inputs['role']}:{inputs['name']}"
        self.settle(region, name, inputs)
        return name

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """PutRolePolicy."""
        region.client("iam").put_role_policy(
            RoleName=inputs["role"],
            PolicyName=inputs["name"],
            PolicyDocument=codecs.DOCUMENT.to_aws(inputs["policy"]),
        )

    def read(self, region: Region, name: str) -> Properties | None:
        """GetRolePolicy."""
        role, _, policy = name.partition(":")
        with failures.absent("NoSuchEntity"):
            found = region.client("iam").get_role_policy(RoleName=role, PolicyName=policy)
            return {"role": role, "name": policy, "policy": codecs.DOCUMENT.from_aws(found["PolicyDocument"])}
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteRolePolicy."""
        role, _, policy = name.partition(":")
        with failures.absent("NoSuchEntity"):
            region.client("iam").delete_role_policy(RoleName=role, PolicyName=policy)

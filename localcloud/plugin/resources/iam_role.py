"""`aws:iam/role:Role`; its policies are resources of their own."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class Role(Kind):
    """A role and who may assume it. Its id is its name."""

    resource_type = "aws:iam/role:Role"
    regional = False
    naming = "name"
    replaces = frozenset({"name", "path"})
    outputs = ("arn", "createDate", "uniqueId")
    properties = Record(
        fields={
            "assumeRolePolicy": Leaf("AssumeRolePolicyDocument", codec=codecs.DOCUMENT),
            "description": Leaf("Description", default=""),
            "forceDetachPolicies": Leaf(default=False),
            "maxSessionDuration": Leaf("MaxSessionDuration", default=3600),
            "name": Leaf("RoleName"),
            "path": Leaf("Path", default="/"),
            "permissionsBoundary": Leaf("PermissionsBoundary", default=""),
            "tags": Leaf("Tags", codec=codecs.TAGS),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateRole with all there is."""
        told = {name: value for name, value in inputs.items() if value not in ("", None)}
        told["tags"] = inputs["tagsAll"] or None
        region.client("iam").create_role(**shape.to_aws(self.properties, told))
        return str(inputs["name"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """UpdateAssumeRolePolicy, UpdateRole, the permissions boundary and tags."""
        iam = region.client("iam")
        iam.update_assume_role_policy(
            RoleName=name, PolicyDocument=codecs.DOCUMENT.to_aws(inputs["assumeRolePolicy"])
        )
        iam.update_role(
            RoleName=name,
            Description=inputs.get("description") or "",
            MaxSessionDuration=inputs.get("maxSessionDuration", 3600),
        )
        now = self.read(region, name) or {}
        boundary = inputs.get("permissionsBoundary")
        if boundary:
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        elif now.get("permissionsBoundary"):
            iam.delete_role_permissions_boundary(RoleName=name)
        live = now.get("tagsAll", {})
        if gone := tagging.surplus(live, inputs["tagsAll"]):
            iam.untag_role(RoleName=name, TagKeys=gone)
        if new := tagging.missing(live, inputs["tagsAll"]):
            iam.tag_role(RoleName=name, Tags=codecs.TAGS.to_aws(new))

    def read(self, region: Region, name: str) -> Properties | None:
        """GetRole."""
        with failures.absent("NoSuchEntity"):
            role = region.client("iam").get_role(RoleName=name)["Role"]
            boundary = role.pop("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
            tags = codecs.TAGS.from_aws(role.get("Tags", []))
            return {
                **shape.from_aws(self.properties, {**role, "PermissionsBoundary": boundary}),
                "tagsAll": tagging.visible(tags),
                "arn": role["Arn"],
                "createDate": codecs.DATE.from_aws(role["CreateDate"]),
                "uniqueId": role["RoleId"],
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteRole; with `forceDetachPolicies` after its policies."""
        iam = region.client("iam")
        with failures.absent("NoSuchEntity"):
            if state.get("forceDetachPolicies"):
                for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
                    for policy in page["AttachedPolicies"]:
                        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
                for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
                    for policy in page["PolicyNames"]:
                        iam.delete_role_policy(RoleName=name, PolicyName=policy)
            iam.delete_role(RoleName=name)

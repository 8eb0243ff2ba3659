"""`aws:iam/policy:Policy`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties

_VERSIONS = 5
"""So many versions of a policy does AWS keep."""


class Policy(Kind):
    """A policy that roles can share. Its id is its ARN."""

    resource_type = "aws:iam/policy:Policy"
    regional = False
    naming = "name"
    replaces = frozenset({"description", "name", "path"})
    # How many attach it changes with other resources, so that it would show as drift: it is not given.
    outputs = ("arn", "policyId")
    properties = Record(
        fields={
            "description": Leaf("Description", default=""),
            "name": Leaf("PolicyName"),
            "path": Leaf("Path", default="/"),
            "policy": Leaf("PolicyDocument", codec=codecs.DOCUMENT),
            "tags": Leaf("Tags", codec=codecs.TAGS),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """CreatePolicy with all there is."""
        told = {name: value for name, value in inputs.items() if value not in ("", None)}
        told["tags"] = inputs["tagsAll"] or None
        made = region.client("iam").create_policy(**shape.to_aws(self.properties, told))
        return str(made["Policy"]["Arn"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """CreatePolicyVersion, after DeletePolicyVersion of the oldest where AWS keeps no more; tags."""
        iam, now = region.client("iam"), self.read(region, name) or {}
        if any(shape.changes(self.properties.fields["policy"], now.get("policy"), inputs["policy"])):
            versions = iam.list_policy_versions(PolicyArn=name)["Versions"]
            old = sorted(
                (version for version in versions if not version["IsDefaultVersion"]),
                key=lambda version: version["CreateDate"],
            )
            if len(versions) >= _VERSIONS:
                iam.delete_policy_version(PolicyArn=name, VersionId=old[0]["VersionId"])
            iam.create_policy_version(
                PolicyArn=name, PolicyDocument=codecs.DOCUMENT.to_aws(inputs["policy"]), SetAsDefault=True
            )
        live = now.get("tagsAll", {})
        if gone := tagging.surplus(live, inputs["tagsAll"]):
            iam.untag_policy(PolicyArn=name, TagKeys=gone)
        if new := tagging.missing(live, inputs["tagsAll"]):
            iam.tag_policy(PolicyArn=name, Tags=codecs.TAGS.to_aws(new))

    def read(self, region: Region, name: str) -> Properties | None:
        """GetPolicy, GetPolicyVersion."""
        iam = region.client("iam")
        with failures.absent("NoSuchEntity"):
            policy = iam.get_policy(PolicyArn=name)["Policy"]
            version = iam.get_policy_version(PolicyArn=name, VersionId=policy["DefaultVersionId"])
            document = version["PolicyVersion"]["Document"]
            return {
                **shape.from_aws(self.properties, {**policy, "PolicyDocument": document}),
                "tagsAll": tagging.visible(codecs.TAGS.from_aws(policy.get("Tags", []))),
                "arn": policy["Arn"],
                "policyId": policy["PolicyId"],
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeletePolicy, after DeletePolicyVersion of all older versions."""
        iam = region.client("iam")
        with failures.absent("NoSuchEntity"):
            for version in iam.list_policy_versions(PolicyArn=name)["Versions"]:
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=name, VersionId=version["VersionId"])
            iam.delete_policy(PolicyArn=name)

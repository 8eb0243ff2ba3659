"""`aws:kms/key:Key`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class Key(Kind):
    """A key, its policy, rotation and tags. Deleting it starts its waiting time."""

    resource_type = "aws:kms/key:Key"
    in_steps = True
    replaces = frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion"})
    outputs = ("arn", "keyId")
    properties = Record(
        fields={
            "bypassPolicyLockoutSafetyCheck": Leaf(default=False),
            "customerMasterKeySpec": Leaf("KeySpec", default="SYMMETRIC_DEFAULT"),
            "deletionWindowInDays": Leaf(),
            "description": Leaf("Description", computed=True),
            "enableKeyRotation": Leaf(default=False),
            "isEnabled": Leaf("Enabled", default=True),
            "keyUsage": Leaf("KeyUsage", default="ENCRYPT_DECRYPT"),
            "multiRegion": Leaf("MultiRegion", computed=True),
            "policy": Leaf("Policy", codec=codecs.DOCUMENT, computed=True),
            "rotationPeriodInDays": Leaf(computed=True),
            "tags": Leaf(),
        }
    )

    _AT_BIRTH = ("customerMasterKeySpec", "description", "keyUsage", "multiRegion", "policy")

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateKey with policy and tags, so that it is never without them."""
        told = shape.to_aws(self.properties, {name: inputs.get(name) for name in self._AT_BIRTH})
        if inputs.get("bypassPolicyLockoutSafetyCheck"):
            told["BypassPolicyLockoutSafetyCheck"] = True
        tags = [{"TagKey": key, "TagValue": value} for key, value in inputs["tagsAll"].items()]
        made = region.client("kms").create_key(**told, **({"Tags": tags} if tags else {}))
        return str(made["KeyMetadata"]["KeyId"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """EnableKey, PutKeyPolicy, UpdateKeyDescription, rotation, tags and DisableKey: each where it differs."""
        kms, now = region.client("kms"), self.read(region, name)
        if now is None:
            raise failures.RefusalError(f"the key {name} is gone")
        # A disabled key takes no change, so it is switched on first and off last.
        enabled = inputs.get("isEnabled", True)
        if enabled and not now["isEnabled"]:
            kms.enable_key(KeyId=name)
        if self._differs("policy", now, inputs):
            kms.put_key_policy(
                KeyId=name,
                PolicyName="default",
                Policy=codecs.DOCUMENT.to_aws(inputs["policy"]),
                BypassPolicyLockoutSafetyCheck=bool(inputs.get("bypassPolicyLockoutSafetyCheck")),
            )
        if self._differs("description", now, inputs):
            kms.update_key_description(KeyId=name, Description=inputs["description"])
        if inputs.get("enableKeyRotation"):
            period = inputs.get("rotationPeriodInDays")
            if not now["enableKeyRotation"] or self._differs("rotationPeriodInDays", now, inputs):
                kms.enable_key_rotation(KeyId=name, **({"RotationPeriodInDays": period} if period else {}))
        elif now["enableKeyRotation"]:
            kms.disable_key_rotation(KeyId=name)
        if gone := tagging.surplus(now["tagsAll"], inputs["tagsAll"]):
            kms.untag_resource(KeyId=name, TagKeys=gone)
        if new := tagging.missing(now["tagsAll"], inputs["tagsAll"]):
            kms.tag_resource(KeyId=name, Tags=[{"TagKey": key, "TagValue": value} for key, value in new.items()])
        if not enabled and now["isEnabled"]:
            kms.disable_key(KeyId=name)

    def read(self, region: Region, name: str) -> Properties | None:
        """DescribeKey, GetKeyPolicy, GetKeyRotationStatus, ListResourceTags.

        A key that waits for its deletion is gone.
        """
        kms = region.client("kms")
        with failures.absent("NotFoundException"):
            key = kms.describe_key(KeyId=name)["KeyMetadata"]
            if key.get("KeyState") in ("PendingDeletion", "PendingReplicaDeletion"):
                return None
            policy = kms.get_key_policy(KeyId=name, PolicyName="default")["Policy"]
            rotation = {}
            if key.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
                rotation = kms.get_key_rotation_status(KeyId=name)
            tags = [
                tag
                for page in kms.get_paginator("list_resource_tags").paginate(KeyId=name)
                for tag in page["Tags"]
            ]
            rotates = bool(rotation.get("KeyRotationEnabled"))
            return {
                **shape.from_aws(self.properties, {**key, "Policy": policy}),
                "enableKeyRotation": rotates,
                "rotationPeriodInDays": rotation.get("RotationPeriodInDays") if rotates else None,
                "tagsAll": tagging.visible({tag["TagKey"]: tag["TagValue"] for tag in tags}),
                "arn": key["Arn"],
                "keyId": key["KeyId"],
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """ScheduleKeyDeletion."""
        window = state.get("deletionWindowInDays")
        with failures.absent("NotFoundException"):
            if self.read(region, name) is not None:
                region.client("kms").schedule_key_deletion(
                    KeyId=name, **({"PendingWindowInDays": window} if window else {})
                )

    def _differs(self, name: str, now: Properties, inputs: Properties) -> bool:
        return any(shape.changes(self.properties.fields[name], now.get(name), inputs.get(name)))

"""`aws:cloudtrail/trail:Trail`, without basic event selectors, insights and notifications."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Many, Record
from localcloud.plugin.wire import Properties

_GONE = "TrailNotFoundException"
_ALL_MANAGEMENT: Mapping[str, Any] = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
}
"""What a trail selects to which nothing was said."""

_FIELD_SELECTOR = Record(
    fields={
        "field": Leaf("Field"),
        "endsWiths": Leaf("EndsWith", codec=codecs.SET),
        "equals": Leaf("Equals", codec=codecs.SET),
        "notEndsWiths": Leaf("NotEndsWith", codec=codecs.SET),
        "notEquals": Leaf("NotEquals", codec=codecs.SET),
        "notStartsWiths": Leaf("NotStartsWith", codec=codecs.SET),
        "startsWiths": Leaf("StartsWith", codec=codecs.SET),
    }
)
_SELECTORS = Many(
    "AdvancedEventSelectors",
    Record(
        fields={
            "fieldSelectors": Many("FieldSelectors", _FIELD_SELECTOR, ordered=False),
            "name": Leaf("Name", default=""),
        }
    ),
    default=[],
)


class Trail(Kind):
    """A trail, which events it records and where it puts them. Its id is its ARN."""

    resource_type = "aws:cloudtrail/trail:Trail"
    naming = "name"
    in_steps = True
    replaces = frozenset({"name"})
    outputs = ("arn", "homeRegion")
    properties = Record(
        fields={
            "advancedEventSelectors": _SELECTORS,
            "cloudWatchLogsGroupArn": Leaf("CloudWatchLogsLogGroupArn", default=""),
            "cloudWatchLogsRoleArn": Leaf("CloudWatchLogsRoleArn", default=""),
            "enableLogFileValidation": Leaf("EnableLogFileValidation", default=False),
            "enableLogging": Leaf(default=True),
            "includeGlobalServiceEvents": Leaf("IncludeGlobalServiceEvents", default=True),
            "isMultiRegionTrail": Leaf("IsMultiRegionTrail", default=False),
            "isOrganizationTrail": Leaf("IsOrganizationTrail", default=False),
            "kmsKeyId": Leaf("KmsKeyId", codec=codecs.KEY, default=""),
            "name": Leaf("Name"),
            "s3BucketName": Leaf("S3BucketName"),
            "s3KeyPrefix": Leaf("S3KeyPrefix", default=""),
            "tags": Leaf("TagsList", codec=codecs.TAGS),
        }
    )

    _ELSEWHERE = ("advancedEventSelectors", "tags")
    """What goes to AWS by calls of its own."""

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateTrail with tags. It logs nothing yet."""
        told = {name: value for name, value in inputs.items() if value != "" and name not in self._ELSEWHERE}
        told["tags"] = inputs["tagsAll"] or None
        return str(region.client("cloudtrail").create_trail(**shape.to_aws(self.properties, told))["TrailARN"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """UpdateTrail, PutEventSelectors, tags, StartLogging or StopLogging: each where it differs."""
        cloudtrail, now = region.client("cloudtrail"), self.read(region, name)
        if now is None:
            raise failures.RefusalError(f"the trail {name} is gone")
        told = {
            key: part.default if inputs.get(key) is None else inputs[key]
            for key, part in self.properties.fields.items()
            if key not in self._ELSEWHERE and any(shape.changes(part, now.get(key), inputs.get(key)))
        }
        if update := shape.to_aws(self.properties, told):
            cloudtrail.update_trail(**update | {"Name": name})
        selectors = inputs.get("advancedEventSelectors")
        if any(shape.changes(_SELECTORS, now.get("advancedEventSelectors"), selectors)):
            selected = shape.to_aws(self.properties, {"advancedEventSelectors": selectors or None})
            cloudtrail.put_event_selectors(TrailName=name, **(selected or {"EventSelectors": [_ALL_MANAGEMENT]}))
        if gone := tagging.surplus(now["tagsAll"], inputs["tagsAll"]):
            cloudtrail.remove_tags(ResourceId=name, TagsList=[{"Key": key} for key in gone])
        if new := tagging.missing(now["tagsAll"], inputs["tagsAll"]):
            cloudtrail.add_tags(ResourceId=name, TagsList=codecs.TAGS.to_aws(new))
        # Last, so that it logs nothing before it selects what it shall.
        if "enableLogging" in told:
            (cloudtrail.start_logging if told["enableLogging"] else cloudtrail.stop_logging)(Name=name)

    def read(self, region: Region, name: str) -> Properties | None:
        """GetTrail, GetTrailStatus, GetEventSelectors, ListTags."""
        cloudtrail = region.client("cloudtrail")
        with failures.absent(_GONE, "ResourceNotFoundException"):
            trail = cloudtrail.get_trail(Name=name)["Trail"]
            status = cloudtrail.get_trail_status(Name=name)
            selectors = cloudtrail.get_event_selectors(TrailName=name).get("AdvancedEventSelectors", [])
            listed = cloudtrail.list_tags(ResourceIdList=[name])["ResourceTagList"]
            flat = {
                **trail,
                "AdvancedEventSelectors": selectors,
                "EnableLogFileValidation": trail.get("LogFileValidationEnabled", False),
            }
            return {
                **shape.from_aws(self.properties, flat),
                "enableLogging": status["IsLogging"],
                "tagsAll": tagging.visible(codecs.TAGS.from_aws(listed[0]["TagsList"] if listed else [])),
                "arn": trail["TrailARN"],
                "homeRegion": trail["HomeRegion"],
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteTrail."""
        with failures.absent(_GONE):
            region.client("cloudtrail").delete_trail(Name=name)

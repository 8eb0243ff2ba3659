"""`aws:sns/topic:Topic`: its name, policy, encryption and tags."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class Topic(Kind):
    """A topic. Its id is its ARN."""

    resource_type = "aws:sns/topic:Topic"
    naming = "name"
    replaces = frozenset({"name"})
    outputs = ("arn", "owner")
    properties = Record(
        fields={
            "kmsMasterKeyId": Leaf("Attributes.KmsMasterKeyId", default=""),
            "name": Leaf("Name"),
            "policy": Leaf("Attributes.Policy", codec=codecs.DOCUMENT, computed=True),
            "tags": Leaf("Tags", codec=codecs.TAGS),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateTopic with all there is, so that it is never without its key and policy."""
        told = shape.to_aws(self.properties, {**inputs, "tags": inputs["tagsAll"] or None})
        return str(region.client("sns").create_topic(**told)["TopicArn"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """SetTopicAttributes and tags: each where it differs."""
        sns, now = region.client("sns"), self.read(region, name) or {}
        for key, part in self.properties.fields.items():
            group, _, attribute = part.aws.partition(".")
            if group == "Attributes" and any(shape.changes(part, now.get(key), inputs.get(key))):
                wanted = shape.to_aws(self.properties, {key: inputs.get(key)}).get(group, {})
                value = wanted.get(attribute, part.default)
                sns.set_topic_attributes(TopicArn=name, AttributeName=attribute, AttributeValue=value)
        tags = now.get("tagsAll", {})
        if gone := tagging.surplus(tags, inputs["tagsAll"]):
            sns.untag_resource(ResourceArn=name, TagKeys=gone)
        if new := tagging.missing(tags, inputs["tagsAll"]):
            sns.tag_resource(ResourceArn=name, Tags=codecs.TAGS.to_aws(new))

    def read(self, region: Region, name: str) -> Properties | None:
        """GetTopicAttributes, ListTagsForResource."""
        sns = region.client("sns")
        with failures.absent("NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"):
            attributes = sns.get_topic_attributes(TopicArn=name)["Attributes"]
            tags = sns.list_tags_for_resource(ResourceArn=name)["Tags"]
            return {
                **shape.from_aws(self.properties, {"Attributes": attributes}),
                "name": name.rpartition(":")[2],
                "tagsAll": tagging.visible(codecs.TAGS.from_aws(tags)),
                "arn": name,
                "owner": attributes["Owner"],
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteTopic, which may be said twice."""
        region.client("sns").delete_topic(TopicArn=name)

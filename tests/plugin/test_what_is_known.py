"""Every mistake in the inputs of a resource is named; nothing is passed over."""

import json
from collections.abc import Iterator

import pytest

from localcloud.plugin import schema, schema_document
from localcloud.plugin.check import findings
from localcloud.plugin.resources import registry
from localcloud.plugin.schema import Known, KnownProperty
from localcloud.plugin.shape import Leaf, Many, Property, Record
from localcloud.plugin.wire import UNKNOWN
from tests.plugin.conversation import conversation

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BUCKET = "aws:s3/bucket:Bucket"


def mistakes(kind: str, inputs: dict[str, object]) -> dict[str, str]:
    known = schema.resource(kind)
    assert known is not None
    done = registry()[kind].properties
    return {found.path: found.reason for found in findings(known, done, inputs)}


def test_a_property_that_pulumi_aws_does_not_know_is_named_with_the_nearest_known_one() -> None:
    assert "did you mean forceDestroy?" in mistakes(BUCKET, {"forceDestory": True})["forceDestory"]


def test_a_nested_property_is_named_by_its_path() -> None:
    rule = {"id": "a", "status": "Enabled", "noncurrentVersionExpiration": {"days": 1, "noncurrentDays": 2}}
    found = mistakes(LIFECYCLE, {"bucket": "b", "rules": [rule]})
    assert list(found) == ["rules[0].noncurrentVersionExpiration.days"]


def test_a_property_that_the_stand_in_does_not_do_is_told_apart_from_an_unknown_one() -> None:
    reason = mistakes(BUCKET, {"acl": "private"})["acl"]
    version = schema.aws_version()
    assert reason == f"acl of aws:s3/bucket:Bucket is known to aws {version} but the stand-in does not do it yet"


def test_all_mistakes_come_together() -> None:
    rule = {"status": "Enabled", "expiration": {"dayz": 1}, "filter": {"and": {"tag": {}}}}
    found = mistakes(LIFECYCLE, {"rules": [rule], "timeouts": {"create": "1m"}, "expectedBucketOwner": "1"})
    assert set(found) == {
        "bucket",
        "rules[0].id",
        "rules[0].expiration.dayz",
        "rules[0].filter.and.tag",
        "timeouts",
        "expectedBucketOwner",
    }


def test_an_object_where_text_belongs_is_a_mistake() -> None:
    assert "must be of type string" in mistakes(BUCKET, {"bucket": {"name": "b"}})["bucket"]


def test_a_value_that_is_not_known_yet_is_no_mistake() -> None:
    assert mistakes(LIFECYCLE, {"bucket": UNKNOWN, "rules": UNKNOWN}) == {}


def test_a_policy_may_be_text_or_an_object() -> None:
    for policy in ("{}", {"Version": "2012-10-17", "Statement": []}):
        assert mistakes("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b", "policy": policy}) == {}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("aws:s3/bukket:Bukket", "is not a resource of aws"),
        ("aws:ec2/vpc:Vpc", "but the stand-in does not do it yet"),
    ],
)
def test_a_resource_that_cannot_be_made_is_refused_before_anything_is_made(kind: str, words: str) -> None:
    with conversation() as talk:
        _, found = talk.check(kind, {})
    assert words in found[""]
    assert kind in found[""]


@pytest.mark.parametrize("kind", sorted(registry()))
def test_what_a_kind_does_and_gives_is_what_pulumi_aws_knows(kind: str) -> None:
    known, handler = schema.resource(kind), registry()[kind]
    assert known is not None
    assert list(strangers(known, handler.properties)) == []
    assert set(handler.outputs) <= known.outputs
    assert handler.replaces <= handler.properties.fields.keys()
    assert handler.regional == ("region" in known.properties)


def strangers(known: Known, done: Record) -> Iterator[str]:
    for name, part in done.fields.items():
        if name in known.properties:
            yield from strangers_within(known.properties[name], part, name)
        else:
            yield name


def strangers_within(known: KnownProperty, part: Property, name: str) -> Iterator[str]:
    if isinstance(part, Leaf):
        return
    inner = part.item if isinstance(part, Many) else part
    assert isinstance(inner, Record)
    assert known.parts is not None, name
    yield from (f"{name}.{stranger}" for stranger in strangers(known.parts, inner))


def test_the_schema_for_the_engine_holds_every_kind_and_refers_only_to_what_it_defines() -> None:
    document = schema_document.document(registry())
    assert set(document["resources"]) == set(registry())
    references = {word for word in json.dumps(document).split('"') if word.startswith("#/types/")}
    assert references == {f"#/types/{name}" for name in document["types"]}

"""What counts as a change, and which changes replace a resource."""

import json
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.plugin.wire import UNKNOWN
from tests.plugin.conversation import Conversation
from tests.plugin.samples import ALARM, BUCKET, FILTER, GROUP, TABLE, TOPIC, TRAIL

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
NONE = provider_pb2.DiffResponse.DIFF_NONE


def lifecycle(days: int) -> dict[str, Any]:
    expiry = {"noncurrentDays": days, "newerNoncurrentVersions": 20}
    return {"bucket": "b", "rules": [{"id": "old", "status": "Enabled", "noncurrentVersionExpiration": expiry}]}


def policy(*actions: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*"}]})


def test_a_changed_retention_is_an_update_of_exactly_that_property(plugin: Conversation) -> None:
    found = plugin.diff(LIFECYCLE, {}, lifecycle(90), lifecycle(30))
    assert dict(found.detailedDiff) == {
        "rules[0].noncurrentVersionExpiration.noncurrentDays": provider_pb2.PropertyDiff(
            kind=provider_pb2.PropertyDiff.UPDATE, inputDiff=True
        )
    }
    assert not found.replaces


def transformation(**said: str) -> dict[str, Any]:
    return {"metricTransformation": {"name": "M", "namespace": "N", "value": "1", **said}}


def selecting(*names: str) -> dict[str, Any]:
    return {"advancedEventSelectors": [{"fieldSelectors": [{"field": "eventName", "equals": list(names)}]}]}


@pytest.mark.parametrize(
    ("kind", "old", "new", "replaces"),
    [
        (BUCKET, {"bucket": "a"}, {"bucket": "b"}, ["bucket"]),
        (BUCKET, {"bucket": "a", "region": "eu-west-1"}, {"bucket": "a", "region": "eu-north-1"}, ["region"]),
        (BUCKET, {"bucket": "a"}, {"bucket": "a", "forceDestroy": True}, []),
        (BUCKET, {"bucket": "a"}, {"bucket": "a", "tags": {"a": "b"}}, []),
        (TABLE, {"name": "t", "hashKey": "A"}, {"name": "t", "hashKey": "B"}, ["hashKey"]),
        (TABLE, {"name": "t"}, {"name": "t", "deletionProtectionEnabled": True}, []),
        ("aws:kms/key:Key", {}, {"multiRegion": True}, ["multiRegion"]),
        ("aws:kms/key:Key", {}, {"deletionWindowInDays": 7}, []),
        ("aws:kms/alias:Alias", {"name": "alias/a"}, {"name": "alias/b"}, ["name"]),
        ("aws:iam/role:Role", {"name": "r", "path": "/a/"}, {"name": "r", "path": "/b/"}, ["path"]),
        ("aws:iam/role:Role", {"name": "r"}, {"name": "r", "maxSessionDuration": 7200}, []),
        (FILTER, {"name": "f", "logGroupName": "a"}, {"name": "f", "logGroupName": "b"}, ["logGroupName"]),
        (GROUP, {"name": "g", "kmsKeyId": "arn:a"}, {"name": "g", "kmsKeyId": "arn:b"}, []),
        (TOPIC, {"name": "t"}, {"name": "u"}, ["name"]),
        (TRAIL, {"name": "t", "s3BucketName": "a"}, {"name": "t", "s3BucketName": "b"}, []),
        (TRAIL, {"name": "t"}, {"name": "u"}, ["name"]),
    ],
)
def test_only_what_cannot_change_on_aws_replaces(
    plugin: Conversation, kind: str, old: dict[str, Any], new: dict[str, Any], replaces: list[str]
) -> None:
    found = plugin.diff(kind, {}, old, new)
    assert found.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(found.replaces) == replaces


def test_a_region_other_than_that_of_the_state_replaces_although_no_input_changed(plugin: Conversation) -> None:
    found = plugin.diff(BUCKET, {"region": "eu-north-1"}, {"bucket": "a"}, {"bucket": "a"})
    assert list(found.replaces) == ["region"]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (POLICY, {"bucket": "b", "policy": policy("a", "b")}, {"bucket": "b", "policy": policy("b", "a")}),
        (LIFECYCLE, lifecycle(1), {**lifecycle(1), "rules": [{**lifecycle(1)["rules"][0], "filter": {}}]}),
        (BUCKET, {"bucket": "a"}, {"bucket": "a", "forceDestroy": False, "region": "eu-west-1"}),
        ("aws:kms/key:Key", {"policy": "{}"}, {}),
        ("aws:kms/alias:Alias", {"targetKeyId": "1-2"}, {"targetKeyId": "arn:aws:kms:eu-west-1:1:key/1-2"}),
        (TABLE, {"attributes": [{"name": "A"}, {"name": "B"}]}, {"attributes": [{"name": "B"}, {"name": "A"}]}),
        (ALARM, {"alarmActions": ["a", "b"]}, {"alarmActions": ["b", "a"], "okActions": [], "threshold": None}),
        (FILTER, transformation(defaultValue="0"), transformation(defaultValue="0.0", unit="None")),
        (GROUP, {"retentionInDays": 0}, {"skipDestroy": False}),
        (TRAIL, {"kmsKeyId": "arn:aws:kms:eu-west-1:1:key/1-2"}, {"kmsKeyId": "1-2", "enableLogging": True}),
        (TRAIL, selecting("a", "b"), selecting("b", "a")),
    ],
)
def test_two_ways_to_say_the_same_are_no_change(
    plugin: Conversation, kind: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert plugin.diff(kind, {}, old, new).changes == NONE


def test_a_policy_that_says_something_else_is_a_change(plugin: Conversation) -> None:
    old, new = ({"bucket": "b", "policy": policy(action)} for action in ("s3:GetObject", "s3:PutObject"))
    assert list(plugin.diff(POLICY, {}, old, new).diffs) == ["policy"]


def test_a_value_that_is_not_known_yet_is_a_change(plugin: Conversation) -> None:
    old = {"bucket": "b", "policy": policy("a")}
    assert list(plugin.diff(POLICY, {}, old, {"bucket": "b", "policy": UNKNOWN}).diffs) == ["policy"]


def test_a_replacement_under_the_same_name_deletes_the_old_one_first(plugin: Conversation) -> None:
    old = {"name": "t", "hashKey": "A"}
    assert plugin.diff(TABLE, {}, old, {"name": "t", "hashKey": "B"}).deleteBeforeReplace
    assert not plugin.diff(TABLE, {}, old, {"name": "u", "hashKey": "B"}).deleteBeforeReplace

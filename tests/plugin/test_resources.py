"""What the stand-in makes of a program is what is there on the emulated AWS, and stays so."""

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.emulator import Emulator
from localcloud.plugin.resources import registry
from localcloud.plugin.wire import UNKNOWN, Properties, encode
from tests.plugin.conftest import FAR, HOME
from tests.plugin.conversation import Conversation, refusal, unfinished, urn
from tests.plugin.samples import (
    ALARM,
    BUCKET,
    ENCRYPTION,
    FILTER,
    GROUP,
    KEY,
    ROLE,
    SAMPLES,
    TABLE,
    TOPIC,
    TRAIL,
    TRUST,
    USER,
    VERSIONING,
    Sample,
)

NONE = provider_pb2.DiffResponse.DIFF_NONE
DEFAULT = {"made-by": "pulumi"}
_numbers = itertools.count()


@pytest.fixture
def name() -> str:
    return f"test-{next(_numbers)}"


def make(plugin: Conversation, kind: str, inputs: Mapping[str, Any]) -> tuple[str, Properties, Properties]:
    """Id, inputs and state after check and create."""
    checked, mistakes = plugin.check(kind, inputs)
    assert mistakes == {}
    made, state = plugin.create(kind, checked)
    return made, checked, state


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with the names in place of their placeholders; JSON's own braces stay."""
    if isinstance(value, str):
        for placeholder, found in names.items():
            value = value.replace(f"{{{placeholder}}}", found)
        return value
    if isinstance(value, Mapping):
        return {key: filled(item, names) for key, item in value.items()}
    return [filled(item, names) for item in value] if isinstance(value, list) else value


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.kind.rpartition(":")[2])
def sample(
    request: pytest.FixtureRequest, plugin: Conversation, emulator: Emulator, name: str
) -> Iterator[tuple[Sample, Properties, Properties]]:
    """A sample with what it needs in place, its inputs and its changed inputs."""
    wanted: Sample = request.param
    names = {"own": name, "policy": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    buckets: list[str] = []
    for index, kind in enumerate(wanted.needs):
        if kind == BUCKET:
            buckets.append(f"{name}-{index}")
            names[str(index)] = make(plugin, BUCKET, {"bucket": buckets[-1], "forceDestroy": True})[0]
        elif kind == VERSIONING:
            status = {"versioningConfiguration": {"status": "Enabled"}}
            make(plugin, VERSIONING, {"bucket": buckets.pop(0), **status})
        elif kind == KEY:
            names["key"] = make(plugin, KEY, {})[2]["arn"]
        elif kind == ROLE:
            role, _, state = make(plugin, ROLE, {"name": f"{name}-role", "assumeRolePolicy": TRUST})
            names |= {"role": state["arn"], "role_name": role}
        elif kind == USER:
            names["user"] = f"{name}-user"
            emulator.client("iam").create_user(UserName=names["user"])  # the stand-in has no such kind
        elif kind == GROUP:
            group, _, state = make(plugin, GROUP, {"name": f"{name}-group"})
            names |= {"group": group, "group_arn": state["arn"]}
        elif kind == TOPIC:
            names["topic"] = make(plugin, TOPIC, {"name": f"{name}-topic"})[0]
    inputs = filled(dict(wanted.inputs), names)
    changed = {
        key: item for key, item in {**inputs, **filled(dict(wanted.change), names)}.items() if item is not None
    }
    yield wanted, inputs, changed


def test_a_resource_lives_its_whole_life(
    plugin: Conversation, sample: tuple[Sample, Properties, Properties]
) -> None:
    wanted, given, changed = sample
    kind = wanted.kind
    foreseen = plugin.create(kind, plugin.check(kind, given)[0], preview=True)[1]
    made, inputs, state = make(plugin, kind, given)

    # A preview promises nothing that turns out otherwise, and leaves nothing out.
    assert foreseen.keys() >= state.keys() - {"rotationPeriodInDays"}
    assert {key for key, value in foreseen.items() if value is not UNKNOWN and value != state.get(key)} == set()
    assert all(state.get(output) not in (None, "") for output in registry()[kind].outputs)

    # A refresh right after it changes neither inputs nor state.
    assert plugin.read(kind, made, inputs, state) == (made, inputs, state)

    # An import finds what the program gave; only what AWS is never told can be missing.
    imported, found, _ = plugin.read(kind, made)
    assert imported == made
    expected = {key: value for key, value in inputs.items() if key not in wanted.not_on_import}
    assert plugin.diff(kind, state, found, expected).changes == NONE
    assert expected.keys() <= found.keys()

    # A changed program changes it in place, and the next refresh finds it so.
    if changed != given:
        news, mistakes = plugin.check(kind, changed, inputs)
        assert mistakes == {}
        difference = plugin.diff(kind, state, inputs, news)
        assert difference.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert not difference.replaces
        state = plugin.update(kind, made, state, news)
        assert plugin.read(kind, made, news, state) == (made, news, state)
        found = plugin.read(kind, made)[1]
        kept = {key: value for key, value in news.items() if key not in wanted.not_on_import}
        assert plugin.diff(kind, state, found, kept).changes == NONE

    # It ends once, and to end it again is no error.
    plugin.delete(kind, made, state)
    gone = plugin.read(kind, made, inputs, state)
    if kind == VERSIONING:
        assert gone[1]["versioningConfiguration"]["status"] == "Suspended"
    elif kind == ENCRYPTION:
        # Every bucket has some.
        assert gone[1]["rules"][0]["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    else:
        assert gone == ("", {}, {})
    plugin.delete(kind, made, state)


def test_every_kind_but_the_one_that_the_emulator_lacks_is_tried() -> None:
    assert {tried.kind for tried in SAMPLES} == set(registry()) - {
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
    }


def test_a_region_of_its_own_is_where_a_resource_is(plugin: Conversation, emulator: Emulator, name: str) -> None:
    _, _, state = make(plugin, BUCKET, {"bucket": name, "region": FAR, "forceDestroy": True})
    assert emulator.client("s3", FAR).get_bucket_location(Bucket=name)["LocationConstraint"] == FAR
    assert (state["region"], state["bucketRegionalDomainName"]) == (FAR, f"{name}.s3.{FAR}.amazonaws.com")
    imported, found, there = plugin.read(BUCKET, f"{name}@{FAR}")
    assert (imported, found["region"], there["region"]) == (name, FAR, FAR)

    table = {
        "name": name,
        "attributes": [{"name": "A", "type": "S"}],
        "hashKey": "A",
        "billingMode": "PAY_PER_REQUEST",
    }
    make(plugin, TABLE, {**table, "region": FAR})
    assert name in emulator.client("dynamodb", FAR).list_tables()["TableNames"]
    assert name not in emulator.client("dynamodb", HOME).list_tables()["TableNames"]


def test_default_tags_are_on_the_resource_below_its_own(
    plugin: Conversation, emulator: Emulator, name: str
) -> None:
    _, inputs, state = make(plugin, BUCKET, {"bucket": name, "tags": {"made-by": "hand", "a": "b"}})
    _, _, other = make(plugin, BUCKET, {"bucket": f"{name}-plain"})
    tags = emulator.client("s3", HOME).get_bucket_tagging(Bucket=name)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == state["tagsAll"] == {"made-by": "hand", "a": "b"}
    assert other["tagsAll"] == DEFAULT
    assert inputs["tags"] == {"made-by": "hand", "a": "b"}


def test_drift_is_seen_and_mended(plugin: Conversation, emulator: Emulator, name: str) -> None:
    made, inputs, state = make(plugin, BUCKET, {"bucket": name, "tags": {"a": "b"}})
    s3 = emulator.client("s3", HOME)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "alien", "Value": "1"}]})
    _, now, drifted = plugin.read(BUCKET, made, inputs, state)
    assert now["tags"] == drifted["tagsAll"] == {"alien": "1"}
    assert list(plugin.diff(BUCKET, drifted, now, inputs).diffs) == ["tags"]
    plugin.update(BUCKET, made, drifted, inputs)
    tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "b", **DEFAULT}


def test_a_setting_that_somebody_took_away_is_gone(plugin: Conversation, emulator: Emulator, name: str) -> None:
    make(plugin, BUCKET, {"bucket": name})
    block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    made, inputs, state = make(plugin, block, {"bucket": name, "blockPublicAcls": True})
    emulator.client("s3", HOME).delete_public_access_block(Bucket=name)
    assert plugin.read(block, made, inputs, state) == ("", {}, {})


def test_objects_are_deleted_with_their_bucket_only_on_demand(
    plugin: Conversation, emulator: Emulator, name: str
) -> None:
    made, _, state = make(plugin, BUCKET, {"bucket": name})
    make(plugin, VERSIONING, {"bucket": name, "versioningConfiguration": {"status": "Enabled"}})
    s3 = emulator.client("s3", HOME)
    for body in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="k", Body=body)
    s3.delete_object(Bucket=name, Key="k")
    with pytest.raises(grpc.RpcError) as refused:
        plugin.delete(BUCKET, made, state)
    assert f"delete of it ({BUCKET}, {name}): AWS refused DeleteBucket: BucketNotEmpty: " in refusal(refused.value)
    plugin.delete(BUCKET, made, {**state, "forceDestroy": True})
    assert plugin.read(BUCKET, made)[0] == ""


def test_a_deleted_key_waits_as_long_as_the_program_says(plugin: Conversation, emulator: Emulator) -> None:
    made, _, state = make(plugin, KEY, {"deletionWindowInDays": 9})
    plugin.delete(KEY, made, state)
    key = emulator.client("kms", HOME).describe_key(KeyId=made)["KeyMetadata"]
    assert key["KeyState"] == "PendingDeletion"
    left = key["DeletionDate"] - key["CreationDate"]
    assert left.days == 9


def test_a_protected_table_is_not_deleted(plugin: Conversation, name: str) -> None:
    table = {
        "name": name,
        "attributes": [{"name": "A", "type": "S"}],
        "hashKey": "A",
        "billingMode": "PAY_PER_REQUEST",
    }
    made, inputs, state = make(plugin, TABLE, {**table, "deletionProtectionEnabled": True})
    with pytest.raises(grpc.RpcError) as refused:
        plugin.delete(TABLE, made, state)
    assert "AWS refused DeleteTable: " in refusal(refused.value)
    state = plugin.update(TABLE, made, state, {**inputs, "deletionProtectionEnabled": False})
    plugin.delete(TABLE, made, state)


def test_the_days_of_recovery_that_ministack_does_not_tell_are_no_drift(plugin: Conversation, name: str) -> None:
    table = {
        "name": name,
        "attributes": [{"name": "A", "type": "S"}],
        "hashKey": "A",
        "billingMode": "PAY_PER_REQUEST",
    }
    recovery = {"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 10}}
    made, inputs, state = make(plugin, TABLE, {**table, **recovery})
    assert state["pointInTimeRecovery"] == recovery["pointInTimeRecovery"]
    assert plugin.read(TABLE, made, inputs, state) == (made, inputs, state)


def test_a_trail_starts_to_log_last_and_a_stopped_one_is_started_again(
    plugin: Conversation, emulator: Emulator, call_log: Path, name: str
) -> None:
    selector = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}
    trail = {"name": name, "s3BucketName": "anywhere", "advancedEventSelectors": [selector]}
    made, inputs, state = make(plugin, TRAIL, trail)
    calls = [json.loads(line)["operation"] for line in call_log.read_text().splitlines()]
    assert [call for call in calls if not call.startswith(("Get", "List"))] == [
        "CreateTrail",
        "PutEventSelectors",
        "AddTags",
        "StartLogging",
    ]

    cloudtrail = emulator.client("cloudtrail", HOME)
    cloudtrail.stop_logging(Name=made)
    _, now, drifted = plugin.read(TRAIL, made, inputs, state)
    assert list(plugin.diff(TRAIL, drifted, now, inputs).diffs) == ["enableLogging"]
    plugin.update(TRAIL, made, drifted, inputs)
    assert cloudtrail.get_trail_status(Name=made)["IsLogging"]


def test_a_trail_without_selectors_of_its_own_records_all_management_events(
    plugin: Conversation, emulator: Emulator, name: str
) -> None:
    selector = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}
    trail = {"name": name, "s3BucketName": "anywhere"}
    made, inputs, state = make(plugin, TRAIL, {**trail, "advancedEventSelectors": [selector]})
    plugin.update(TRAIL, made, state, {**trail, "tags": inputs["tags"]})
    found = emulator.client("cloudtrail", HOME).get_event_selectors(TrailName=made)
    assert "AdvancedEventSelectors" not in found
    assert [(basic["ReadWriteType"], basic["IncludeManagementEvents"]) for basic in found["EventSelectors"]] == [
        ("All", True)
    ]


def test_what_ministack_forgets_as_it_makes_a_trail_is_there_after_the_first_up(
    plugin: Conversation, emulator: Emulator, name: str
) -> None:
    delivery = {
        "cloudWatchLogsGroupArn": f"arn:aws:logs:{HOME}:000000000000:log-group:{name}:*",
        "cloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/delivery",
    }
    trail = {"name": name, "s3BucketName": "anywhere", **delivery, "tags": {"a": "b"}}
    made, _, state = make(plugin, TRAIL, trail)
    cloudtrail = emulator.client("cloudtrail", HOME)
    found = cloudtrail.get_trail(Name=made)["Trail"]
    assert found["CloudWatchLogsLogGroupArn"] == delivery["cloudWatchLogsGroupArn"]
    assert found["CloudWatchLogsRoleArn"] == delivery["cloudWatchLogsRoleArn"]
    tags = cloudtrail.list_tags(ResourceIdList=[made])["ResourceTagList"][0]["TagsList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "b", **DEFAULT}

    # It keeps the tags of a trail that is gone: a new one of that name does not get them.
    plugin.delete(TRAIL, made, state)
    _, _, state = make(plugin, TRAIL, {"name": name, "s3BucketName": "anywhere"})
    assert state["tagsAll"] == DEFAULT


def test_a_log_group_and_a_filter_are_gone_although_others_begin_with_their_names(
    plugin: Conversation, name: str
) -> None:
    rest = {"metricTransformation": {"name": "M", "namespace": "N", "value": "1"}, "pattern": ""}
    group, _, group_state = make(plugin, GROUP, {"name": name})
    longer, _, _ = make(plugin, GROUP, {"name": f"{name}-longer"})
    metric, _, metric_state = make(plugin, FILTER, {"name": "f", "logGroupName": name, **rest})
    make(plugin, FILTER, {"name": "f-longer", "logGroupName": name, **rest})
    plugin.delete(FILTER, metric, metric_state)
    assert plugin.read(FILTER, metric) == ("", {}, {})
    assert plugin.read(FILTER, f"{metric}-longer")[0]
    plugin.delete(GROUP, group, group_state)
    assert plugin.read(GROUP, group) == plugin.read(FILTER, f"{metric}-longer") == ("", {}, {})
    assert plugin.read(GROUP, longer)[0] == longer


def test_a_log_group_that_the_program_says_to_leave_outlives_its_stack(
    plugin: Conversation, emulator: Emulator, name: str
) -> None:
    made, inputs, state = make(plugin, GROUP, {"name": name, "skipDestroy": True})
    assert plugin.read(GROUP, made, inputs, state) == (made, inputs, state)
    plugin.delete(GROUP, made, state)
    found = emulator.client("logs", HOME).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert [group["logGroupName"] for group in found] == [name]


def test_an_alarm_is_told_whole_so_that_nothing_of_it_is_lost_when_one_value_changes(
    plugin: Conversation, emulator: Emulator, name: str
) -> None:
    alarm = {
        "name": name,
        "namespace": "N",
        "metricName": "M",
        "statistic": "Sum",
        "period": 300,
        "evaluationPeriods": 1,
        "threshold": 1,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [f"arn:aws:sns:{HOME}:000000000000:alarms"],
    }
    made, inputs, state = make(plugin, ALARM, alarm)
    plugin.update(ALARM, made, state, {**inputs, "threshold": 5})
    found = emulator.client("cloudwatch", HOME).describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    assert (found["Threshold"], found["Period"], found["TreatMissingData"]) == (5, 300, "notBreaching")
    assert found["AlarmActions"] == alarm["alarmActions"]


def test_a_topic_whose_program_says_no_policy_keeps_the_one_that_it_has(
    plugin: Conversation, emulator: Emulator, name: str
) -> None:
    made, inputs, state = make(plugin, TOPIC, {"name": name})
    assert "__default_statement_ID" in state["policy"]
    sns = emulator.client("sns", HOME)
    sns.set_topic_attributes(TopicArn=made, AttributeName="KmsMasterKeyId", AttributeValue="alias/alien")
    _, now, drifted = plugin.read(TOPIC, made, inputs, state)
    assert list(plugin.diff(TOPIC, drifted, now, inputs).diffs) == ["kmsMasterKeyId"]
    plugin.update(TOPIC, made, drifted, inputs)
    attributes = sns.get_topic_attributes(TopicArn=made)["Attributes"]
    assert (attributes["KmsMasterKeyId"], attributes["Policy"]) == ("", state["policy"])


def test_a_preview_calls_nothing_and_knows_what_the_inputs_say(plugin: Conversation, call_log: Path) -> None:
    before = call_log.read_text() if call_log.exists() else ""
    inputs, _ = plugin.check(KEY, {"description": "d", "tags": {"a": UNKNOWN}})
    _, foreseen = plugin.create(KEY, inputs, preview=True)
    assert (foreseen["arn"], foreseen["keyId"], foreseen["policy"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert (foreseen["description"], foreseen["region"]) == ("d", HOME)
    assert foreseen["tagsAll"] == {"a": UNKNOWN, **DEFAULT}
    after = plugin.update(KEY, "k", {"arn": "old", "description": "d"}, {"description": "e"}, preview=True)
    assert (after["arn"], after["description"]) == ("old", "e")
    assert (call_log.read_text() if call_log.exists() else "") == before


def test_a_secret_stays_one_in_the_state(plugin: Conversation, name: str) -> None:
    properties = encode({"bucket": name, "tags": {"pass": "hush"}}, {"tags"})
    request = provider_pb2.CheckRequest(urn=urn(BUCKET), type=BUCKET, news=properties)
    checked = plugin.stub.Check(request).inputs
    made = plugin.stub.Create(provider_pb2.CreateRequest(urn=urn(BUCKET), type=BUCKET, properties=checked))
    again = plugin.stub.Read(
        provider_pb2.ReadRequest(id=name, urn=urn(BUCKET), type=BUCKET, inputs=checked, properties=made.properties)
    )
    for struct in (checked, made.properties, again.inputs, again.properties):
        seen = {key: str(value) for key, value in struct.fields.items() if "hush" in str(value)}
        assert seen.keys() >= {"tags"}
        assert all("1b47061264138c4ac30d75fd1eb44270" in text for text in seen.values()), seen.keys()


def test_what_exists_but_is_not_finished_is_kept_with_its_id(
    plugin: Conversation, emulator: Emulator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_many = {f"k{index}": "v" for index in range(60)}
    inputs, _ = plugin.check(BUCKET, {"bucket": name, "tags": too_many})

    def refuse(*_: object) -> None:
        emulator.client("s3", HOME).get_bucket_policy(Bucket=name)

    monkeypatch.setattr(registry()[BUCKET], "settle", refuse)
    with pytest.raises(grpc.RpcError) as refused:
        plugin.create(BUCKET, inputs)
    detail = unfinished(refused.value)
    assert detail.id == name
    assert "AWS refused GetBucketPolicy: NoSuchBucketPolicy" in detail.reasons[0]
    monkeypatch.undo()
    assert plugin.read(BUCKET, name)[0] == name


def test_an_unknown_function_is_named(plugin: Conversation) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        plugin.stub.Invoke(provider_pb2.InvokeRequest(tok="aws:s3/getBucket:getBucket"))
    assert "aws:s3/getBucket:getBucket" in refusal(refused.value)


def test_a_name_that_the_program_leaves_out_is_made_once(plugin: Conversation) -> None:
    first, _ = plugin.check(BUCKET, {}, seed=b"\x01" * 32)
    again, _ = plugin.check(BUCKET, {}, old=first, seed=b"\x02" * 32)
    other, _ = plugin.check(BUCKET, {}, seed=b"\x02" * 32)
    assert first["bucket"] == again["bucket"] == "it-0101010"
    assert other["bucket"] != first["bucket"]


def test_every_call_is_in_the_log(plugin: Conversation, call_log: Path, name: str) -> None:
    make(plugin, BUCKET, {"bucket": name, "region": FAR})
    calls = [json.loads(line) for line in call_log.read_text().splitlines()]
    made = next(call for call in calls if call["operation"] == "CreateBucket")
    assert (made["service"], made["region"], made["params"]["Bucket"]) == ("s3", FAR, name)

"""Who hears when replication lags or fails."""

from typing import Any

from blueprint.backend import backend
from blueprint.replication_alarms import ReplicationAlarm
from tests.unit.program import run_program, stack_config
from tests.unit.test_settings import GOOD, read

FIRST, SECOND = "eu-central-1", "eu-west-1"
HERE, THERE = (f"arn:aws:sns:{region}:123456789012:security" for region in (FIRST, SECOND))
STATES = {region: f"acme-tfstate-123456789012-{region}" for region in (FIRST, SECOND)}


def alarms(**changes: Any) -> dict[tuple[str, str], ReplicationAlarm]:
    """The alarms by kind and the region they are in."""
    plan = backend(read({**GOOD, "replicaRegion": SECOND, **changes}))
    return {(alarm.kind, alarm.region): alarm for one in plan.replications for alarm in one.alarms}


def test_lag_is_watched_where_states_arrive_and_failures_where_they_leave() -> None:
    one_way = alarms()
    assert set(one_way) == {("lag", SECOND), ("failed", FIRST)}
    assert set(alarms(replication="twoWay")) == {(kind, region) for kind in ("lag", "failed") for region in STATES}
    lag, failed = one_way["lag", SECOND], one_way["failed", FIRST]
    assert (lag.metric, lag.statistic, lag.threshold) == ("ReplicationLatency", "Maximum", 15 * 60)
    assert (failed.metric, failed.statistic, failed.threshold) == ("OperationsFailedReplication", "Sum", 1)


def test_the_alarms_of_each_way_watch_its_own_rule_and_have_names_of_their_own() -> None:
    found = alarms(replication="twoWay")
    for (kind, region), alarm in found.items():
        source = region if kind == "failed" else next(other for other in STATES if other != region)
        assert alarm.dimensions["SourceBucket"] == STATES[source]
        assert alarm.dimensions["DestinationBucket"] != STATES[source]
        assert alarm.dimensions["RuleId"] == "replicate-everything"
    assert len({alarm.name for alarm in found.values()}) == 4


def test_an_alarm_notifies_the_topics_of_its_own_region_and_no_other() -> None:
    audit = {"auditTrail": {"alarmTopicArn": HERE}}
    assert {alarm.topic_arns for alarm in alarms().values()} == {()}
    by_trail = alarms(**audit)
    assert (by_trail["failed", FIRST].topic_arns, by_trail["lag", SECOND].topic_arns) == ((HERE,), ())
    named = alarms(replicationAlarmTopics=[THERE], **audit)
    assert (named["failed", FIRST].topic_arns, named["lag", SECOND].topic_arns) == ((HERE,), (THERE,))
    other = HERE.replace("security", "platform")
    assert alarms(replicationAlarmTopics=[other], **audit)["failed", FIRST].topic_arns == (other,)


def test_without_a_second_region_nothing_is_watched() -> None:
    assert backend(read(GOOD)).replications == ()


def test_the_program_makes_both_ways_where_the_stack_asks_for_them() -> None:
    config = {**stack_config("prod"), "state-backend:replication": "twoWay"}
    recording = run_program(config, stack="prod")
    assert recording.error is None
    there, back = (
        recording.named(f"terraform-state-{name}").inputs for name in ("replication", "replica-replication")
    )
    assert (there["bucket"], there["region"]) != (back["bucket"], back["region"])
    assert back["region"] == SECOND
    for made, other in ((there, back), (back, there)):
        (rule,) = made["rules"]
        assert rule["sourceSelectionCriteria"] == {
            "replicaModifications": {"status": "Enabled"},
            "sseKmsEncryptedObjects": {"status": "Enabled"},
        }
        assert rule["deleteMarkerReplication"] == {"status": "Enabled"}
        assert rule["destination"]["bucket"].endswith(other["bucket"])
    keys = [
        made["rules"][0]["destination"]["encryptionConfiguration"]["replicaKmsKeyId"] for made in (there, back)
    ]
    assert keys == [recording.outputs["replica_kms_key_arn"], recording.outputs["kms_key_arn"]]
    assert len(recording.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")) == 3 + 4

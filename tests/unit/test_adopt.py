"""What a stack that adopts a backend says of it everywhere, and what it leaves alone."""

import json
from typing import Any

import pytest

from blueprint.access import grants
from blueprint.audit_trail import audit_trail
from blueprint.backend import backend
from blueprint.backend_config import backend_configs
from blueprint.policy_document import to_json
from blueprint.promise.everything import everything, unknown_keys
from blueprint.promise.resource import Kind
from blueprint.regional_policy import regional_policy
from settings.adopt import Kept
from tests.unit.program import Recording, run_program
from tests.unit.test_settings import GOOD, read, report

KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OLD = {"bucket": "old.state-bucket", "table": "Old_Locks", "keyArn": KEY}
STATEMENTS = [kept.value for kept in Kept if kept.sid]
REPLICATED = {**GOOD, "replicaRegion": "eu-west-1"}


def run(**adopt: Any) -> Recording:
    config = {**REPLICATED, "adopt": {**OLD, **adopt}}
    return run_program({key if ":" in key else f"state-backend:{key}": value for key, value in config.items()})


def test_names_are_those_of_what_is_adopted_wherever_they_stand() -> None:
    entry = {
        "name": "network",
        "mode": "write",
        "states": ["prod/network"],
        "principals": ["arn:aws:iam::123456789012:role/ci"],
    }
    config = {
        **REPLICATED,
        "adopt": OLD,
        "access": [entry],
        "administrators": ["arn:aws:iam::123456789012:role/admin"],
        "auditTrail": {"days": 30},
    }
    settings = read(config)
    plan = backend(settings)
    arguments = backend_configs(settings, plan.primary, ["prod/network"], kms_key_arn=KEY)["prod/network"]
    assert (arguments["bucket"], arguments["dynamodb_table"]) == ("old.state-bucket", "Old_Locks")
    trail = audit_trail(settings)
    assert trail is not None
    assert trail.recording is not None
    documents = [
        to_json(regional_policy(settings, plan.primary, key_arn=KEY)),
        json.dumps(trail.recording.selectors),
        json.dumps([alarm.pattern for alarm in trail.alarms]),
        json.dumps([str(grant) for grant in grants(settings)]),
    ]
    said = " ".join(documents)
    assert "arn:aws:s3:::old.state-bucket" in said
    assert "arn:aws:dynamodb:eu-central-1:123456789012:table/Old_Locks" in said
    assert "acme-tfstate-123456789012-eu-central-1" not in said
    # The second region's are made.
    assert "acme-tfstate-123456789012-eu-west-1" in said


def test_what_is_adopted_is_imported_and_the_rest_is_made() -> None:
    program = run()
    imported = {made.name: made.imported for made in program.resources if made.imported}
    assert imported == {
        "terraform-state-primary-bucket": "old.state-bucket@eu-central-1",
        "terraform-state-primary-lock-table": "Old_Locks@eu-central-1",
        "terraform-state-primary-key": "11111111-2222-3333-4444-555555555555@eu-central-1",
    }
    for name in imported:
        made = program.named(name)
        assert made.protect
        assert made.ignored == ()
    # Neither can be read at AWS, and would be a difference after every import.
    assert "forceDestroy" not in program.named("terraform-state-primary-bucket").inputs
    assert "deletionWindowInDays" not in program.named("terraform-state-primary-key").inputs


KEPT_RESOURCES = {
    Kept.PUBLIC_ACCESS: "public-access",
    Kept.LOGGING: "logging",
    Kept.LIFECYCLE: "lifecycle",
    Kept.OWNERSHIP: "ownership",
    Kept.POLICY: "policy",
    Kept.ENCRYPTION: "encryption",
}
KEPT_PROPERTIES = {
    Kept.KEY_ROTATION: ("key", {"enableKeyRotation", "rotationPeriodInDays"}),
    Kept.KEY_POLICY: ("key", {"policy"}),
    Kept.TABLE_BILLING: ("lock-table", {"billingMode", "readCapacity", "writeCapacity"}),
    Kept.TABLE_RECOVERY: ("lock-table", {"pointInTimeRecovery"}),
    Kept.TABLE_ENCRYPTION: ("lock-table", {"serverSideEncryption"}),
}


def test_what_is_kept_is_left_alone_in_the_first_region_and_made_in_the_second() -> None:
    program = run(keep=[kept.value for kept in Kept])
    made = {resource.name for resource in program.resources}
    for part in KEPT_RESOURCES.values():
        assert f"terraform-state-primary-bucket-{part}" not in made
        assert f"terraform-state-replica-bucket-{part}" in made
    for part, properties in KEPT_PROPERTIES.values():
        assert properties <= set(program.named(f"terraform-state-primary-{part}").ignored)
        assert program.named(f"terraform-state-replica-{part}").ignored == ()


@pytest.mark.parametrize("kept", list(Kept))
def test_what_is_kept_is_not_promised_and_the_rest_is(kept: Kept) -> None:
    def promised(keep: list[str]) -> set[str]:
        settings = read({**REPLICATED, "adopt": {**OLD, "keep": keep}})
        plan = backend(settings)
        found = set()
        for promise in everything(plan, unknown_keys(plan)):
            if promise.region == "eu-central-1" and promise.name in (
                "old.state-bucket",
                "Old_Locks",
                "alias/acme-tfstate",
            ):
                found |= {f"{promise.kind}.{setting}" for setting in promise.settings}
                if promise.kind is Kind.BUCKET:
                    found |= {f"bucket.policy.{sid}" for sid in _sids(promise.settings.get("policy"))}
        return found

    gone = promised([]) - promised([kept.value])
    with_it = (
        {f"bucket.{part}" for part in ("bucket-key", "blocked-encryption")} if kept is Kept.ENCRYPTION else set()
    )
    if kept is Kept.POLICY:
        assert "bucket.policy" in gone
    else:
        assert gone == {kept.value, *with_it}


def _sids(policy: Any) -> set[str]:
    return {statement["Sid"] for statement in policy["Statement"]} if policy else set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"adopt": {"bucket": "Not_Legal"}}, "adopt.bucket"),
        ({"adopt": {"table": "locks"}}, "is missing. Fix: write the name of the bucket"),
        ({"adopt": OLD, "lock": "lockfile"}, "adopt.table"),
        ({"adopt": OLD, "encryption": "aes256"}, "adopt.keyArn"),
        ({"adopt": {**OLD, "keyArn": KEY.replace("123456789012", "210987654321")}}, "a key of another account"),
        ({"adopt": {**OLD, "keyArn": KEY.replace("eu-central-1", "eu-west-1")}}, "is not in eu-central-1"),
        ({"adopt": {**OLD, "keyArn": "alias/states"}}, "and no alias's"),
        ({"adopt": {**OLD, "keep": ["bucket.versioning"]}}, "adopt.keep.0"),
        ({"adopt": {"bucket": "old", "keep": ["table.recovery"]}}, "there is no adopt.table"),
        ({"adopt": {"bucket": "old", "keep": ["key.policy"]}}, "there is no adopt.keyArn"),
        ({"adopt": {"bucket": "old", "keep": STATEMENTS}}, "S3 takes no empty one"),
        (
            {"adoptReplica": {"bucket": "old", "keep": ["bucket.policy"]}, "replicaRegion": "eu-west-1"},
            "leaves the second region's bucket open to writers",
        ),
        ({"adoptReplica": {"bucket": "old"}}, "is about a second region, and there is none"),
        (
            {"adopt": OLD, "adoptReplica": {"bucket": OLD["bucket"]}, "replicaRegion": "eu-west-1"},
            "is the bucket of the first region",
        ),
    ],
)
def test_a_mistake_in_what_is_adopted_is_told_before_anything_is_made(
    changes: dict[str, Any], expected: str
) -> None:
    assert expected in report(**changes)

"""What a user is told about a configuration."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.mistakes import SettingsError
from settings.model import Lock, Settings
from settings.names import illegal_bucket_name, log_bucket_name, state_bucket_name
from settings.parse import parse
from tests.unit.configurations import BREAKAGES, valid_configurations

GOOD: dict[str, Any] = {
    "aws:region": "eu-central-1",
    "namePrefix": "acme",
    "accountId": "123456789012",
    "states": {"prod": ["network", "database"]},
}

TOPIC = "arn:aws:sns:eu-west-1:123456789012:security"


def read(configuration: dict[str, Any], *, stack: str = "prod", **rest: Any) -> Settings:
    values = dict(configuration)
    return parse(values, region=values.pop("aws:region", None), stack=stack, **rest)


def report(**changes: Any) -> str:
    """The report on a good configuration with these changes; ``None`` takes a key out."""
    changed = {**GOOD, **{key.replace("__", ":"): value for key, value in changes.items()}}
    with pytest.raises(SettingsError) as caught:
        read({key: value for key, value in changed.items() if value is not None})
    return str(caught.value)


def test_four_keys_are_enough_and_the_rest_has_defaults() -> None:
    settings = read(GOOD)
    assert settings.lock is Lock.BOTH
    assert (settings.noncurrent_version_days, settings.newer_noncurrent_versions) == (90, 20)
    assert settings.protect


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read(GOOD).protect = False  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lok": "both"}, 'lok = "both": is not a key of this project. Fix: use lock.'),
        (
            {"lock": "lockfil"},
            "lock = \"lockfil\": should be 'lockfile', 'dynamodb' or 'both'. Fix: use \"lockfile\".",
        ),
        ({"aws__region": None}, "aws:region: is missing. Fix: pulumi config set aws:region"),
        ({"aws__region": "eu-wst-1"}, 'aws:region = "eu-wst-1": is not a region of AWS. Fix: use "eu-west-1".'),
        ({"replicaRegion": "eu-central-1"}, 'replicaRegion = "eu-central-1": is the first region'),
        ({"replicaRegion": "cn-north-1"}, "is in partition aws-cn, and eu-central-1 is in aws"),
        ({"replication": "twoWay"}, 'replication = "twoWay": is about a second region, and there is none'),
        ({"replication": "bothWay"}, 'Fix: use "twoWay"'),
        ({"replicationAlarmTopics": [TOPIC]}, "replicationAlarmTopics = "),
        ({"replicaRegion": "eu-west-1", "replicationAlarmTopics": ["security"]}, "Fix: list whole ARNs of SNS"),
        (
            {"replicaRegion": "eu-west-2", "replicationAlarmTopics": [TOPIC]},
            "is in neither region, and an alarm notifies topics of its own region alone. "
            "Fix: name a topic in eu-central-1 or eu-west-2",
        ),
        ({"namePrefix": None}, "namePrefix: is missing. Fix: pulumi config set namePrefix"),
        ({"namePrefix": "Acme"}, 'namePrefix = "Acme": has characters'),
        ({"namePrefix": "a" * 30}, "Fix: shorten it by 6 or more characters."),
        ({"namePrefix": "xn--acme"}, "starts with xn--, which S3 keeps for itself"),
        (
            {"accountId": 123},
            "accountId = 123: has characters, or a length, that are not allowed here. Fix: write",
        ),
        ({"states": None}, "states: is missing"),
        ({"states": {"prod": []}}, "states.prod = []: names no service"),
        ({"states": {"prod": ["a", "a"]}}, "its state key prod/a/terraform.tfstate is already taken"),
        ({"states": {"prod": ["net", "net/vpc"]}}, 'states.prod = "net/vpc": overlaps prod/net'),
        ({"states": {"prod": ["net", "Net"]}}, "differs from prod/net by upper and lower case alone"),
        ({"states": {"prod": ["../dev/net"]}}, "states.prod.0"),
        ({"states": "prod"}, 'states = "prod": is neither a map nor a list. Fix: map each environment'),
        ({"noncurrentVersionDays": 0}, "noncurrentVersionDays = 0: should be greater than or equal to 1"),
        ({"newerNoncurrentVersions": 0}, "newerNoncurrentVersions = 0: should be greater than or equal to 1"),
        ({"newerNoncurrentVersions": 101}, "newerNoncurrentVersions = 101: should be less than or equal to 100"),
        (
            {"noncurrentTransition": {"days": 90, "storageClass": "STANDARD_IA"}},
            "noncurrentTransition.days = 90: is not before noncurrentVersionDays (90)",
        ),
        (
            {"noncurrentTransition": {"days": 29, "storageClass": "STANDARD_IA"}},
            "is too soon: S3 moves nothing to STANDARD_IA before 30 days",
        ),
        ({"noncurrentTransition": {"days": 30}}, "noncurrentTransition.storageClass = {'days': 30}: is missing"),
        ({"tags": {"aws:owner": "me"}}, 'tags.aws:owner = "me": starts with aws:'),
        ({"protect": "perhaps"}, "Fix: use true or false."),
    ],
)
def test_a_mistake_names_key_value_and_fix(changes: dict[str, Any], expected: str) -> None:
    text = report(**changes)
    assert "the configuration has 1 mistake, so nothing was made" in text
    assert expected in text


def test_zero_is_a_value_and_not_the_default() -> None:
    assert 'accessLogDays = "0"' in report(accessLogDays="0")


def test_a_secret_value_is_never_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        read({**GOOD, "pasword": "hunter2"}, secret_keys=["pasword"])
    assert "hunter2" not in str(caught.value)
    assert "[secret]" in str(caught.value)


def test_only_stack_local_can_do_without_an_account_and_it_cannot_name_a_real_one() -> None:
    without = {key: value for key, value in GOOD.items() if key != "accountId"}
    assert read(without, stack="local").account_id == "000000000000"
    with pytest.raises(SettingsError, match="accountId: is missing"):
        read(without, stack="prod")
    with pytest.raises(SettingsError, match="stack local is for the emulated one"):
        read(GOOD, stack="local")


def test_the_provider_guard_must_name_the_same_account() -> None:
    read(GOOD, allowed_account_ids=["123456789012"])
    with pytest.raises(SettingsError, match=r"aws:allowedAccountIds = .*Fix: set \[\"123456789012\"\]"):
        read(GOOD, allowed_account_ids=["210987654321"])


def test_pulumi_strings_and_yaml_values_mean_the_same() -> None:
    as_yaml = {**GOOD, "protect": False, "noncurrentVersionDays": 30, "tags": {"owner": "me"}}
    as_pulumi = {
        **GOOD,
        "states": '{"prod":["network","database"]}',
        "protect": "false",
        "noncurrentVersionDays": "30",
        "tags": '{"owner":"me"}',
        "replicaRegion": "",
        "noncurrentTransition": "{}",
    }
    assert read(as_pulumi) == read(as_yaml)


@given(valid_configurations())
def test_any_valid_configuration_gives_names_that_s3_takes(configuration: dict[str, Any]) -> None:
    settings = read(configuration)
    for region in filter(None, (settings.region, settings.replica_region)):
        for name in (state_bucket_name, log_bucket_name):
            assert illegal_bucket_name(name(settings.name_prefix, settings.account_id, region)) is None


@given(valid_configurations(), st.sets(st.sampled_from(sorted(BREAKAGES)), min_size=1))
def test_every_mistake_is_in_one_report(configuration: dict[str, Any], broken: set[str]) -> None:
    for key in sorted(broken):
        configuration.update(BREAKAGES[key])
    with pytest.raises(SettingsError) as caught:
        read(configuration)
    reported = {mistake.key for mistake in caught.value.mistakes}
    assert broken <= reported


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40) | st.integers() | st.booleans(), max_size=6))
def test_rubbish_is_reported_and_never_a_crash(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        parse(values, region="eu-west-1", stack="prod")

"""The stand-in talks to an emulated AWS on this computer and to nothing else."""

from collections.abc import Mapping

import grpc
import pytest

from localcloud.emulator import ACCOUNT, Emulator
from localcloud.plugin.configuration import configuration, is_loopback, mistakes, settings_of
from tests.plugin.conversation import Conversation, conversation, refusal

LOCAL = {"AWS_ENDPOINT_URL": "https://127.0.0.1:4566", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}


def reasons(settings: Mapping[str, object], environment: Mapping[str, str]) -> str:
    return "\n".join(
        found.reason for found in mistakes(settings_of({"region": "eu-west-1", **settings}), environment)
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "https://127.9.8.7", "https://[::1]:4566", "https://localhost:4566/"]
)
def test_loopback_is_taken(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.amazonaws.com",
        "https://127.0.0.1.example.com",
        "https://localhost.example.com",
        "https://127.0.0.1@example.com",
        "https://10.0.0.1",
        "https://0.0.0.0",
        "127.0.0.1:4566",
        "ftp://127.0.0.1",
        "",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    assert not is_loopback(url)


def test_without_an_endpoint_it_says_how_to_get_one() -> None:
    assert "make local KEEP=1" in reasons({}, {**LOCAL, "AWS_ENDPOINT_URL": ""})


@pytest.mark.parametrize(
    ("settings", "variables", "named"),
    [
        ({}, {"AWS_ENDPOINT_URL": "https://example.com"}, "AWS_ENDPOINT_URL is"),
        ({}, {"AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com"}, "AWS_ENDPOINT_URL_S3 is"),
        ({"endpoints": '[{"kms": "https://kms.amazonaws.com"}]'}, {}, "the endpoint of kms is"),
    ],
)
def test_one_endpoint_that_leads_elsewhere_is_enough_to_refuse(
    settings: dict[str, str], variables: dict[str, str], named: str
) -> None:
    assert named in reasons(settings, {**LOCAL, **variables})


def test_an_endpoint_for_one_service_goes_before_that_for_all() -> None:
    settings = settings_of({"region": "eu-west-1", "endpoints": '[{"kms": "https://127.0.0.1:2"}]'})
    found = configuration(settings, {**LOCAL, "AWS_ENDPOINT_URL_S3_CONTROL": "https://127.0.0.1:3"})
    addresses = [found.endpoint_of(service) for service in ("kms", "s3control", "s3")]
    assert addresses == ["https://127.0.0.1:2", "https://127.0.0.1:3", "https://127.0.0.1:4566"]


def test_an_unknown_setting_and_one_that_it_does_not_do_are_named_together() -> None:
    found = reasons({"profile": "mine", "regoin": "x"}, LOCAL)
    assert "profile of Provider is known to aws" in found
    assert "regoin is not a property" in found


def test_without_region_and_credentials_it_names_what_to_set() -> None:
    found = reasons({"region": ""}, {"AWS_ENDPOINT_URL": "https://127.0.0.1:1"})
    assert "aws:region or AWS_REGION" in found
    assert "AWS_ACCESS_KEY_ID" in found
    assert "AWS_SECRET_ACCESS_KEY" in found


def test_nothing_is_wrong_with_plain_settings() -> None:
    assert (
        reasons({"allowedAccountIds": '["1"]', "skipMetadataApiCheck": "true", "version": "7.51.1"}, LOCAL) == ""
    )


def test_a_caller_of_another_account_is_refused_with_both_accounts_named(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    with conversation() as talk:
        for setting, accounts in (
            ("allowedAccountIds", '["111111111111"]'),
            ("forbiddenAccountIds", f'["{ACCOUNT}"]'),
        ):
            with pytest.raises(grpc.RpcError) as refused:
                talk.configure({"region": "eu-west-1", setting: accounts})
            assert f"account {ACCOUNT}; aws:{setting}" in refusal(refused.value)
        talk.configure({"region": "eu-west-1", "allowedAccountIds": f'["{ACCOUNT}"]'})


def test_an_endpoint_where_nothing_listens_is_one_clear_line(
    plugin: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
    with pytest.raises(grpc.RpcError) as refused:
        plugin.configure({"region": "eu-west-1"})
    # It goes on to check the account, and so notices before a resource does.
    assert "the emulated AWS could not be asked" in refusal(refused.value)
    assert "\n" not in refusal(refused.value)

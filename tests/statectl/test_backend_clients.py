"""Each version of each client gets the arguments that it takes, and whoever asked hears what is lost."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.backend_clients import DIFFERENCES, NEWEST, OLDEST, RENAMED, Client, ClientVersion, Version
from blueprint.backend_files import backend_files
from blueprint.backend_fit import NoLockError, fit
from blueprint.backend_forms import Form

TERRAFORM_1_5 = {
    *(
        "bucket",
        "key",
        "region",
        "dynamodb_endpoint",
        "endpoint",
        "iam_endpoint",
        "sts_endpoint",
        "encrypt",
        "acl",
    ),
    *("access_key", "secret_key", "kms_key_id", "dynamodb_table", "profile", "shared_credentials_file", "token"),
    *("skip_credentials_validation", "skip_metadata_api_check", "skip_region_validation", "sse_customer_key"),
    *("role_arn", "session_name", "external_id", "assume_role_duration_seconds", "assume_role_policy"),
    *("assume_role_policy_arns", "assume_role_tags", "assume_role_transitive_tag_keys", "workspace_key_prefix"),
    *("force_path_style", "max_retries"),
}
"""Every argument of the backend in Terraform 1.5, from its schema: internal/backend/remote-state/s3/backend.go."""
FULL = {
    "bucket": "b",
    "key": "a/b/terraform.tfstate",
    "region": "eu-central-1",
    "encrypt": True,
    "kms_key_id": "arn:aws:kms:eu-central-1:123456789012:key/k",
    "use_lockfile": True,
    "dynamodb_table": "t",
    "allowed_account_ids": ["123456789012"],
    "assume_role": {"role_arn": "arn:aws:iam::123456789012:role/r", "external_id": "e", "duration": "1h30m"},
    "endpoints": {"s3": "https://s3.example", "sts": "https://sts.example"},
    "use_path_style": True,
    "shared_credentials_files": ["credentials"],
}
RENAMED_PARTS = st.fixed_dictionaries(
    {"bucket": st.text(min_size=1), "dynamodb_table": st.text(min_size=1)},
    optional={
        "assume_role": st.fixed_dictionaries(
            {"role_arn": st.text(min_size=1)},
            optional={
                "external_id": st.text(),
                "session_name": st.text(),
                "policy": st.text(),
                "policy_arns": st.lists(st.text()),
                "tags": st.dictionaries(st.text(), st.text()),
                "transitive_tag_keys": st.lists(st.text()),
                "duration": st.integers(900, 43200).map(lambda seconds: f"{seconds}s"),
            },
        ),
        "endpoints": st.dictionaries(st.sampled_from(["s3", "dynamodb", "iam", "sts"]), st.text(), min_size=1),
        "use_path_style": st.booleans(),
        "shared_credentials_files": st.lists(st.text(), min_size=1, max_size=1),
        "profile": st.text(),
    },
)


def versions(client: Client) -> list[ClientVersion]:
    minors = range(OLDEST[client].minor, NEWEST[client].minor + 1)
    return [ClientVersion(client=client, version=Version(1, minor)) for minor in minors]


EVERY = [version for client in Client for version in versions(client)]
OLD = ClientVersion.read(Client.TERRAFORM, "1.5.7")
TODAY = ClientVersion.read(Client.TERRAFORM, None)


def test_terraform_1_5_gets_nothing_that_its_schema_does_not_know() -> None:
    fitted = fit(FULL, OLD)
    assert set(fitted.arguments) <= TERRAFORM_1_5
    assert fitted.arguments == {
        "bucket": "b",
        "key": "a/b/terraform.tfstate",
        "region": "eu-central-1",
        "encrypt": True,
        "kms_key_id": "arn:aws:kms:eu-central-1:123456789012:key/k",
        "dynamodb_table": "t",
        "role_arn": "arn:aws:iam::123456789012:role/r",
        "external_id": "e",
        "assume_role_duration_seconds": 5400,
        "endpoint": "https://s3.example",
        "sts_endpoint": "https://sts.example",
        "force_path_style": True,
        "shared_credentials_file": "credentials",
    }


@pytest.mark.parametrize("client", EVERY, ids=str)
def test_every_version_gets_what_its_own_row_of_the_table_says(client: ClientVersion) -> None:
    asked = {**FULL, "state_tags": {"a": "b"}, "lock_tags": {"a": "b"}}
    fitted = fit(asked, client)
    known = {row.argument: row.takes(client.version) for row in DIFFERENCES if row.client is client.client}
    assert all(known.get(name, True) for name in fitted.arguments)
    assert ("use_lockfile" in fitted.arguments) == (client.version >= (1, 10))
    tagged = client.client is Client.OPENTOFU and client.version >= (1, 11)
    assert ("state_tags" in fitted.arguments, "lock_tags" in fitted.arguments) == (tagged, tagged)
    assert ("assume_role" in fitted.arguments) != ("role_arn" in fitted.arguments)
    for name in set(asked) - set(fitted.arguments):
        if not {name, *(f"{name}.{part}" for part in ("role_arn", "s3"))} & set(RENAMED.values()):
            renamed = name == "shared_credentials_files" and "shared_credentials_file" in fitted.arguments
            assert renamed or any(f"does not take {name}" in remark for remark in fitted.remarks), name


@given(RENAMED_PARTS)
def test_the_way_to_an_old_terraform_and_back_loses_nothing_that_was_only_renamed(given: dict[str, Any]) -> None:
    old = fit(given, OLD)
    assert set(old.arguments) <= TERRAFORM_1_5
    assert old.remarks == ()
    assert fit(old.arguments, TODAY).arguments == given


@pytest.mark.parametrize("client", EVERY, ids=str)
def test_what_is_fitted_already_fits(client: ClientVersion) -> None:
    fitted = fit(FULL, client)
    assert fit(fitted.arguments, client).arguments == fitted.arguments


def test_no_client_is_ever_left_without_the_lock_that_the_others_take() -> None:
    only_file = {"bucket": "b", "use_lockfile": True}
    for client in EVERY:
        if client.version < (1, 10):
            with pytest.raises(NoLockError, match="no other lock"):
                fit(only_file, client)
            assert "use_lockfile" not in fit(only_file, client, only_reads=True).arguments
            both = fit({**only_file, "dynamodb_table": "t"}, client)
            assert both.arguments == {"bucket": "b", "dynamodb_table": "t"}
            assert any("locks in the table alone" in remark for remark in both.remarks)
        else:
            assert fit(only_file, client).arguments == only_file
    assert fit({"bucket": "b"}, TODAY).remarks == ("no lock is named: two who apply at once overwrite each other",)


def test_the_table_is_deprecated_in_terraform_alone_and_since_1_11() -> None:
    for client in EVERY:
        said = any("dynamodb_table is deprecated" in remark for remark in fit(FULL, client).remarks)
        assert said == (client.client is Client.TERRAFORM and client.version >= (1, 11)), client


def test_a_token_that_an_old_terraform_cannot_be_told_of_comes_by_variables_and_is_never_shown() -> None:
    said = {"role_arn": "arn:r", "web_identity_token_file": "/token", "web_identity_token": "secret"}
    fitted = fit({"bucket": "b", "dynamodb_table": "t", "assume_role_with_web_identity": said}, OLD)
    assert fitted.arguments == {"bucket": "b", "dynamodb_table": "t"}
    (remark,) = fitted.remarks
    assert remark.endswith("set AWS_ROLE_ARN=arn:r, AWS_WEB_IDENTITY_TOKEN_FILE=/token")


@pytest.mark.parametrize("text", ["1.5", "v1.5.0", "1.16.5", " 1.10.0-rc1 "])
def test_a_version_is_read_as_people_write_it(text: str) -> None:
    assert str(ClientVersion.read(Client.TERRAFORM, text)).startswith("Terraform 1.")


@given(
    st.text()
    | st.sampled_from(
        ["1.4", "1.4.9", "0.15.5", "1.99", "2.0", "1", "1.x", "", "1.5.7.1", "-1.5", "1.\u0665", "01.5"]
    )
)
def test_any_other_version_is_refused_with_the_range(text: str) -> None:
    try:
        found = ClientVersion.read(Client.TERRAFORM, text)
    except ValueError as error:
        assert str(error).endswith(f"from {OLDEST[Client.TERRAFORM]} to {NEWEST[Client.TERRAFORM]}")
    else:
        assert OLDEST[Client.TERRAFORM] <= found.version <= NEWEST[Client.TERRAFORM]
        assert text.strip().removeprefix("v").startswith(str(found.version))


def test_json_is_read_literally_by_terraform_and_as_templates_by_opentofu_since_1_8() -> None:
    config = {"a/b": {"bucket": "b", "key": "${x}%{y}", "dynamodb_table": "t"}}
    for client in EVERY:
        (file,) = backend_files(config, [Form.JSON], client)
        escaped = client.client is Client.OPENTOFU and client.version >= (1, 8)
        assert ('"$${x}%%{y}"' if escaped else '"${x}%{y}"') in file.text, client


def test_each_row_of_the_table_is_there_once_and_names_its_source() -> None:
    rows = sorted((row.client, row.argument) for row in DIFFERENCES)
    assert all(first != second for first, second in pairwise(rows))
    for row in DIFFERENCES:
        assert row.source.startswith("https://"), row
        assert row.since is None or OLDEST[row.client] <= row.since <= NEWEST[row.client], row

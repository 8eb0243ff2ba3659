"""The emulated AWS: reachable from this computer only, over verified HTTPS, strict, and with a memory."""

import json
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, SSLError

from localcloud.emulator import CLIENT_CONFIG, Emulator, isolated_session
from localcloud.failure import Failure
from localcloud.leash_wrapper import descendants

LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
LISTENING = "0A"


def listening_addresses(pid: int) -> set[tuple[str, int]]:
    """The addresses (hexadecimal) and ports that the process and its descendants listen on, TCP and UDP."""
    sockets = set()
    for process in (pid, *descendants(pid)):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                sockets.add(target.removeprefix("socket:[").removesuffix("]"))
    found = set()
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if inode in sockets and (state == LISTENING or kind.startswith("udp")):
                address, port = local.split(":")
                found.add((address, int(port, 16)))
    return found


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_it_listens_on_loopback_and_on_one_port_only(emulator: Emulator) -> None:
    addresses = listening_addresses(emulator.pid)
    assert {port for _, port in addresses} == {emulator.port}
    assert {address for address, _ in addresses} <= LOOPBACK


def status(url: str, *, authority: Path | None = None) -> int:
    trusted = ssl.create_default_context(cafile=str(authority) if authority else None)
    with urllib.request.urlopen(url, context=trusted, timeout=5) as answer:  # noqa: S310  (of our own making)
        return int(answer.status)


def test_https_is_verified_by_its_own_authority_and_no_other(emulator: Emulator) -> None:
    ready = f"{emulator.endpoint}/_ministack/ready"
    assert status(ready, authority=emulator.ca_bundle) == 200
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        status(ready)
    stranger = emulator.session().client("sts", endpoint_url=emulator.endpoint, config=CLIENT_CONFIG)
    with pytest.raises(SSLError):
        stranger.get_caller_identity()


def test_plain_http_gets_no_answer(emulator: Emulator) -> None:
    with pytest.raises(OSError):
        status(emulator.endpoint.replace("https", "http"))


def test_the_private_key_is_for_its_owner_alone(emulator: Emulator) -> None:
    assert (emulator.home / "tls" / "server-key.pem").stat().st_mode & 0o777 == 0o600


def test_a_user_without_a_policy_is_refused(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    session = isolated_session(key["AccessKeyId"], key["SecretAccessKey"], region="eu-central-1")

    def list_buckets() -> None:
        session.client(
            "s3", endpoint_url=emulator.endpoint, verify=str(emulator.ca_bundle), config=CLIENT_CONFIG
        ).list_buckets()

    with pytest.raises(ClientError, match="AccessDenied"):
        list_buckets()
    allowed = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_user_policy(UserName="nobody", PolicyName="list", PolicyDocument=json.dumps(document))
    list_buckets()


def test_s3_control_is_asked_without_the_account_in_the_hosts_name(emulator: Emulator) -> None:
    emulator.client("s3").create_bucket(Bucket="tagged-bucket")
    control = emulator.client("s3control")
    answer = control.list_tags_for_resource(AccountId="000000000000", ResourceArn="arn:aws:s3:::tagged-bucket")
    assert answer["Tags"] == []


def test_data_survive_a_restart_even_while_a_client_is_connected(tmp_path: Path) -> None:
    with Emulator.start(tmp_path) as first:
        s3 = first.client("s3", "eu-central-1")
        s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
        for body in (b"one", b"two"):
            s3.put_object(Bucket="kept", Key="a/b", Body=body)
        key = first.client("kms").create_key()["KeyMetadata"]["KeyId"]
        first.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument="{}")
        table = first.client("dynamodb", "eu-west-1")
        table.create_table(
            TableName="kept",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        )
    with Emulator.start(tmp_path) as second:
        s3 = second.client("s3", "eu-central-1")
        versions = s3.list_object_versions(Bucket="kept")["Versions"]
        bodies = [
            s3.get_object(Bucket="kept", Key="a/b", VersionId=version["VersionId"])["Body"].read()
            for version in versions
        ]
        assert bodies == [b"two", b"one"]
        assert second.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
        assert second.client("iam").get_role(RoleName="kept")["Role"]["RoleName"] == "kept"
        assert second.client("dynamodb", "eu-west-1").list_tables()["TableNames"] == ["kept"]


def test_a_taken_port_is_one_line_that_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Failure, match=f"^Port {port} on 127.0.0.1 is taken: [^\n]*$"):
            Emulator.start(tmp_path, port=port)


def test_the_end_of_the_log_is_shown_when_it_cannot_start(tmp_path: Path) -> None:
    Emulator.start(tmp_path).stop()
    (tmp_path / "tls" / "server-key.pem").write_text("no key")
    with pytest.raises(Failure, match="ended with code") as caught:
        Emulator.start(tmp_path)
    assert "SSLError" in caught.value.details


def test_the_users_own_profile_plays_no_part(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[profile own]\nregion = us-west-2\nendpoint_url = https://aws.invalid\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "own")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "theirs")
    assert emulator.client("sts").get_caller_identity()["Account"] == "000000000000"
    assert "AWS_PROFILE" not in emulator.environment()

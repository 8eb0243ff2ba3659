"""How the plugin calls AWS, seen from a server that answers what the emulated AWS does not."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ParamValidationError

from localcloud.plugin.cloud import Cloud
from localcloud.plugin.configuration import Configuration
from localcloud.plugin.failures import explain
from localcloud.plugin.resources.account_public_access_block import AccountPublicAccessBlock
from localcloud.plugin.resources.bucket_lifecycle import BucketLifecycle
from localcloud.plugin.resources.bucket_policy import BucketPolicy
from localcloud.plugin.resources.iam_oidc_provider import OpenIdConnectProvider
from localcloud.plugin.resources.log_group import LogGroup

BUSY = b"<Error><Code>OperationAborted</Code><Message>A conflicting operation is in progress.</Message></Error>"
BLOCK = (
    b'<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">'
    b"<BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"
)
ISSUER = f"""<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult>
<Url>issuer.example.com</Url><ClientIDList><member>old</member><member>kept</member></ClientIDList>
<ThumbprintList><member>{"a" * 40}</member></ThumbprintList>
<Tags><member><Key>gone</Key><Value>1</Value></member></Tags>
</GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>""".encode()

GROUPS = json.dumps(
    {
        "logGroups": [
            {
                "logGroupName": "g",
                "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g:*",
                "retentionInDays": 30,
                "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/old",
            }
        ]
    }
).encode()
GROUP_TAGS = b'{"tags": {"a": "b"}}'


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[tuple[Cloud, list[str]]]:
    """A cloud that gives these answers, and what it was asked: an action, or method, host and path."""
    asked: list[str] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            action = parse_qs(body).get("Action", [""])[0]
            action = action or self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            asked.append(action or f"{self.command} {self.headers['Host'].rpartition(':')[0]}{self.path}")
            status, text = left.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # It looks that often whether it shall end.
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield Cloud(Configuration("eu-west-1", endpoint, {}, "key", "secret")), asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_bucket_that_is_busy_is_asked_again() -> None:
    with answering((409, BUSY), (409, BUSY), (409, BUSY), (409, BUSY), (200, b"")) as (cloud, asked):
        BucketPolicy().settle(cloud.at(), "b", {"bucket": "b", "policy": "{}"})
    assert asked == ["PUT 127.0.0.1/b?policy"] * 5


def test_a_lifecycle_rule_for_every_object_has_the_filter_that_aws_asks_for() -> None:
    rules = [
        {"id": "a"},
        {"id": "b", "filter": {}},
        {"id": "c", "filter": {"prefix": "p"}},
        {"id": "d", "prefix": "q"},
    ]
    told = BucketLifecycle().request({"bucket": "b", "rules": rules})
    filters = [rule.get("Filter") for rule in told["LifecycleConfiguration"]["Rules"]]
    assert filters == [{"Prefix": ""}, {"Prefix": ""}, {"Prefix": "p"}, None]


def test_the_account_block_is_asked_of_loopback_itself() -> None:
    kind = AccountPublicAccessBlock()
    inputs = {"accountId": "123456789012", "blockPublicAcls": True}
    with answering((200, b""), (200, BLOCK), (204, b"")) as (cloud, asked):
        made = kind.create(cloud.at(), inputs)
        assert kind.read(cloud.at(), made) == {"accountId": "123456789012", "blockPublicAcls": True}
        kind.delete(cloud.at(), made, {})
    path = "127.0.0.1/v20180820/configuration/publicAccessBlock"
    assert asked == [f"PUT {path}", f"GET {path}", f"DELETE {path}"]


def test_an_issuer_is_changed_call_by_call_and_only_where_it_differs() -> None:
    kind, name = OpenIdConnectProvider(), "arn:aws:iam::123456789012:oidc-provider/issuer.example.com"
    wanted = {"url": "https://issuer.example.com", "clientIdLists": ["kept", "new"], "thumbprintLists": ["b" * 40]}
    with answering((200, ISSUER), *[(200, b"<Response/>")] * 5) as (cloud, asked):
        kind.settle(cloud.at(), name, {**wanted, "tagsAll": {"added": "1"}})
    assert asked == [
        "GetOpenIDConnectProvider",
        "AddClientIDToOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider",
        "UpdateOpenIDConnectProviderThumbprint",
        "UntagOpenIDConnectProvider",
        "TagOpenIDConnectProvider",
    ]
    same = {**wanted, "clientIdLists": ["kept", "old"], "thumbprintLists": ["a" * 40], "tagsAll": {"gone": "1"}}
    with answering((200, ISSUER)) as (cloud, asked):
        kind.settle(cloud.at(), name, same)
    assert asked == ["GetOpenIDConnectProvider"]


@pytest.mark.parametrize(
    ("key", "call"),
    [("arn:aws:kms:eu-west-1:123456789012:key/new", "AssociateKmsKey"), (None, "DisassociateKmsKey")],
)
def test_the_key_of_a_log_group_is_changed_or_taken_away_in_place(key: str | None, call: str) -> None:
    wanted = {"name": "g", "retentionInDays": 30, "kmsKeyId": key, "tagsAll": {"a": "b"}}
    with answering((200, GROUPS), (200, GROUP_TAGS), (200, b"{}")) as (cloud, asked):
        LogGroup().settle(cloud.at(), "g", wanted)
    assert asked == ["DescribeLogGroups", "ListTagsForResource", call]


def test_a_value_that_no_aws_takes_is_said_in_one_line_without_a_call() -> None:
    wanted = {"clientIdLists": ["kept", "old"], "thumbprintLists": ["short"], "tagsAll": {"gone": "1"}}
    with answering((200, ISSUER)) as (cloud, asked), pytest.raises(ParamValidationError) as refused:
        OpenIdConnectProvider().settle(cloud.at(), "arn:aws:iam::123456789012:oidc-provider/issuer", wanted)
    assert asked == ["GetOpenIDConnectProvider"]
    assert explain(refused.value) == (
        "AWS takes no such value: Invalid length for parameter ThumbprintList[0], value: 5, valid min length: 40"
    )

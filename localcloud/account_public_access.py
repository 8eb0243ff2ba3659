"""What the backend asks of S3 Control and ministack does not know: the account's public access block.

Stands in front of ministack and answers for `/v20180820/configuration/publicAccessBlock`; the rest passes through.
The blocks are kept in a file and, unlike a bucket's, change nothing about what the emulated AWS lets in.
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Asgi = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

PATH = "/v20180820/configuration/publicAccessBlock"
NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def with_account_public_access(application: Asgi, store: Path) -> Asgi:
    """`application` with the account's public access block before it, kept in the file `store`."""

    async def answer(
        scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await application(scope, receive, send)
            return
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        body = await _body(receive)
        status, document = _answer(store, scope["method"], headers.get("x-amz-account-id", ""), body)
        kind = [(b"content-type", b"application/xml")]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": document})

    return answer


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _answer(store: Path, method: str, account: str, body: bytes) -> tuple[int, bytes]:
    blocks: dict[str, dict[str, str]] = json.loads(store.read_text()) if store.exists() else {}
    if method == "GET":
        if account not in blocks:
            return 404, _error("NoSuchPublicAccessBlockConfiguration", account)
        return 200, _configuration(blocks[account])
    if method == "PUT":
        given = ElementTree.fromstring(body)  # noqa: S314 (from this computer's own clients)
        blocks[account] = {name: given.findtext(f"{{*}}{name}", "false").lower() for name in SETTINGS}
    elif method == "DELETE":
        blocks.pop(account, None)
    else:
        return 405, _error("MethodNotAllowed", account)
    store.write_text(json.dumps(blocks))
    return (204 if method == "DELETE" else 200), b""


def _configuration(block: dict[str, str]) -> bytes:
    root = ElementTree.Element("PublicAccessBlockConfiguration", xmlns=NAMESPACE)
    for name in SETTINGS:
        ElementTree.SubElement(root, name).text = block[name]
    return bytes(ElementTree.tostring(root))


def _error(code: str, account: str) -> bytes:
    root = ElementTree.Element("ErrorResponse")
    error = ElementTree.SubElement(root, "Error")
    ElementTree.SubElement(error, "Code").text = code
    ElementTree.SubElement(error, "Message").text = f"account {account}"
    return bytes(ElementTree.tostring(root))

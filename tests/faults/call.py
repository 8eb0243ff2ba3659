"""One request to AWS, as whoever stands in between sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

_SCOPE = re.compile(r"Credential=[^/]*/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request.

    :param actor: whose it is.
    :param service: ``s3``, ``dynamodb`` and so on, as it was signed for.
    :param region: the region that it was signed for.
    :param operation: ``PUT``, ``GET`` and so on of S3; the name of any other service's operation.
    :param path: of S3: bucket and key.
    :param query: of S3.
    """

    actor: str
    service: str
    region: str
    operation: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, actor: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> "Call":
        """The request that this line and these headers (by lowercase name) make."""
        scope = _SCOPE.search(headers.get("authorization", ""))
        region, service = scope.groups() if scope else ("", "")
        named = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        parts = urlsplit(target)
        return cls(
            actor=actor,
            service=service,
            region=region,
            operation=named or method,
            path=unquote(parts.path),
            query=parse_qs(parts.query, keep_blank_values=True),
            headers=headers,
            body=body,
        )

    def __str__(self) -> str:
        return f"{self.actor}: {self.service} {self.operation} {self.path}"

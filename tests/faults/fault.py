"""What can happen to a request instead of its answer."""

import json
from dataclasses import dataclass
from enum import Enum

from tests.faults.call import Call


class Break(Enum):
    """Where a connection breaks off."""

    BEFORE = "before AWS hears of it"
    AFTER = "after AWS did it, before the answer"
    MIDWAY = "in the middle of the answer"


@dataclass(frozen=True)
class Refusal:
    """An error that AWS answers with, in the service's own words."""

    status: int
    code: str

    def body(self, call: Call) -> tuple[str, bytes]:
        """The type of its content, and the content."""
        if call.service == "s3":
            text = f"<Error><Code>{self.code}</Code><Message>made by a test</Message></Error>"
            return "application/xml", text.encode()
        if call.service in {"sts", "iam"}:
            text = f"<Error><Code>{self.code}</Code><Message>made by a test</Message></Error>"
            return "text/xml", f"<ErrorResponse>{text}</ErrorResponse>".encode()
        content = {"__type": f"com.amazonaws.{call.service}#{self.code}", "message": "made by a test"}
        return "application/x-amz-json-1.0", json.dumps(content).encode()


INTERNAL = Refusal(500, "InternalError")
SLOW_DOWN = Refusal(503, "SlowDown")
UNAVAILABLE = Refusal(503, "ServiceUnavailable")
THROTTLED = Refusal(400, "ThrottlingException")
EXPIRED = Refusal(400, "ExpiredToken")

Fault = Break | Refusal

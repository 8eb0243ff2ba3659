"""What can go wrong between here and AWS, each with its cause and the next step. None holds a value of a state."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError


class StoreFailureError(Exception):
    """AWS did not do what was asked.

    :param message: what happened, in one line.
    :param next_step: what to do about it.
    """

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class DeniedError(StoreFailureError):
    """AWS refused; ``action`` is the IAM action that was missing or denied."""

    def __init__(self, message: str, *, action: str, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.action = action


class CredentialsError(StoreFailureError):
    """There are no credentials, or AWS does not take them (any more)."""


class NotThereError(StoreFailureError):
    """What was asked for does not exist."""


class ChangedMeanwhileError(StoreFailureError):
    """Somebody else was faster: what was to be replaced or deleted is not there any more as it was read."""


class LockedError(StoreFailureError):
    """Somebody holds the lock."""


class UnavailableError(StoreFailureError):
    """AWS was not reached, or answered that it cannot now; whether it did what was asked may be unknown."""


UNNAMED = HTTPError
"""What boto3 lets through from below where an error's own text breaks off; it is not repeated."""
BROKEN_OFF = (HTTPClientError, IncompleteReadError, FlexibleChecksumError, UNNAMED)
"""What ends a connection that breaks off in the middle of an object."""

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_INVALID = {
    *("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"),
    *("InvalidToken", "AuthFailure", "InvalidSignatureException", "MissingAuthenticationToken"),
}
_DENIED = {"AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedOperation"}
_THROTTLED = {
    *("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"),
    *("ProvisionedThroughputExceededException", "ThrottledException", "RequestThrottled", "429"),
}
_ELSEWHERE = {"PermanentRedirect", "301", "IllegalLocationConstraintException", "AuthorizationHeaderMalformed"}
_CHANGED = {"PreconditionFailed", "412", "ConditionalRequestConflict", "ConditionalCheckFailedException", "409"}
_MISSING = {
    *("NoSuchKey", "NoSuchVersion", "NoSuchBucket", "404", "NotFound", "ResourceNotFoundException"),
    *("NotFoundException", "NoSuchEntity", "TrailNotFoundException"),
}
_WHY_DENIED = re.compile(r"because (.+?)(?:\.|$)")


@contextmanager
def explained(action: str, resource: str) -> Iterator[None]:
    """Turn what AWS or the way there answers into one of the failures above.

    :param action: the IAM action that the call needs, such as ``s3:GetObject``.
    :param resource: what it is about, in words for a person.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, action, resource) from error
    except (
        NoCredentialsError,
        PartialCredentialsError,
        CredentialRetrievalError,
        ProfileNotFound,
        TokenRetrievalError,
        UnauthorizedSSOTokenError,
    ) as error:
        raise CredentialsError(
            f"no credentials that can be used: {_line(error)}",
            next_step="log in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID",
        ) from error
    except ParamValidationError as error:
        raise StoreFailureError(f"{resource}: AWS takes no such name: {_line(error)}") from error
    except (EndpointConnectionError, ConnectTimeoutError, SSLError, *BROKEN_OFF) as error:
        raise UnavailableError(
            f"{resource}: AWS was not reached: {_line(error)}",
            next_step="check the network and the region, then run the same command again",
        ) from error
    except ResponseParserError as error:
        # Its text holds the whole answer, which may be anything.
        raise UnavailableError(
            f"{resource}: something that is not AWS answered",
            next_step="check for a proxy in between (HTTPS_PROXY), and AWS_ENDPOINT_URL",
        ) from error
    except BotoCoreError as error:
        raise StoreFailureError(f"{resource}: {_line(error)}") from error


def code_of(error: ClientError) -> str:
    """The code that AWS gave its answer."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _of_answer(error: ClientError, action: str, resource: str) -> StoreFailureError:
    code, status = code_of(error), int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = str(error.response.get("Error", {}).get("Message", "")).strip()
    if code in _EXPIRED:
        return CredentialsError(
            "the credentials have expired", next_step="log in again (aws sso login), or renew the session"
        )
    if code in _INVALID:
        return CredentialsError(
            f"AWS does not know these credentials ({code})",
            next_step="check AWS_PROFILE and AWS_ACCESS_KEY_ID, and that they belong to this partition",
        )
    if code in _CHANGED or status == 412:
        return ChangedMeanwhileError(f"{resource}: somebody else changed it meanwhile")
    if code in _THROTTLED:
        return UnavailableError(f"{resource}: AWS is throttling ({code})", next_step="try again in a minute")
    if code in _ELSEWHERE or status == 301:
        return NotThereError(
            f"{resource} is in another region{_region_in(error)}", next_step="name the bucket's own --region"
        )
    if code == "NoSuchBucket":
        return NotThereError(f"{resource}: there is no such bucket", next_step="check its name and the account")
    if code in _MISSING:
        table = "a table belongs to one region: check --region and --table"
        return NotThereError(
            f"{resource} does not exist ({code})", next_step=table if action.startswith("dynamodb:") else ""
        )
    if code in _DENIED or status == 403:
        why = _WHY_DENIED.search(said)
        return DeniedError(
            f"access denied: {action} on {resource}{f', because {why[1]}' if why else ''}",
            action=action,
            next_step="use credentials that may, or see docs/access.md (Reading a 403)",
        )
    if status >= 500 or code in {"InternalError", "ServiceUnavailable", "RequestTimeout", "InternalServerError"}:
        return UnavailableError(
            f"{resource}: AWS answered {code or status}", next_step="run the same command again"
        )
    return StoreFailureError(f"{resource}: AWS answered {code}: {said}")


def _region_in(error: ClientError) -> str:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region")
    return f": {region}" if region else ""


def _line(error: Exception) -> str:
    return " ".join(str(error).split())

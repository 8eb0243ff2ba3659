"""The AWS clients of one set of credentials, each made when it is first used."""

from __future__ import annotations

import ipaddress
import os
import re
import threading
from enum import Enum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from store.failures import explained

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client

WORKERS = 16
"""How many calls may be under way at once."""


class Patience(Enum):
    """How long an answer is waited for, and how often asked for.

    :param connect_seconds: to be connected.
    :param read_seconds: for a part of the answer.
    :param attempts: all in all.
    """

    USUAL = 5, 60, 6
    """More than boto3's own."""
    LITTLE = 3, 10, 3
    """Of a region that may be gone."""

    def __init__(self, connect_seconds: int, read_seconds: int, attempts: int) -> None:
        self.connect_seconds = connect_seconds
        self.read_seconds = read_seconds
        self.attempts = attempts


class Clients:
    """Clients by service and region; safe to share between threads once made.

    :param profile: the profile to take credentials from; ``None`` for boto3's usual chain.
    :param patience: how long they wait.
    """

    def __init__(self, profile: str | None = None, *, patience: Patience = Patience.USUAL) -> None:
        with explained("sts:GetCallerIdentity", "the profile"):
            self._session = boto3.session.Session(profile_name=profile)
        self._profile = profile
        self._patience = patience
        self._making = threading.Lock()
        self._made = cache(self._make)

    def s3(self, region: str) -> S3Client:
        """The client for buckets of this region."""
        made: S3Client = self._made("s3", region)
        return made

    def dynamodb(self, region: str) -> DynamoDBClient:
        """The client for tables of this region."""
        made: DynamoDBClient = self._made("dynamodb", region)
        return made

    def of(self, service: str, region: str) -> Any:
        """The client of any other service."""
        return self._made(service, region)

    def with_patience(self, patience: Patience) -> Clients:
        """Clients of the same credentials that wait longer, or less."""
        return Clients(self._profile, patience=patience)

    @property
    def region(self) -> str:
        """The region that comes with the credentials, for what any region of their partition will do for."""
        return self._session.region_name or "us-east-1"

    @cached_property
    def caller(self) -> Caller:
        """Whose credentials these are.

        :raises store.failures.CredentialsError: where there are none that AWS takes.
        """
        with explained("sts:GetCallerIdentity", "who the credentials belong to"):
            answer = self._made("sts", self.region).get_caller_identity()
        return Caller(account_id=answer["Account"], arn=answer["Arn"])

    def _make(self, service: str, region: str) -> Any:
        # A session makes one client at a time; https://docs.aws.amazon.com/boto3/latest/guide/session.html
        with self._making, explained(f"{service}:*", f"{service} in {region}"):
            client = self._session.client(service, region_name=region, config=_config(self._patience))  # type: ignore[call-overload]
        if _endpoint_is_an_address():
            client.meta.events.register_first("before-sign.s3-control", _keep_address)
        return client


class Caller:
    """Who acts, as STS names it.

    :param account_id: the account's twelve digits.
    :param arn: the ARN of the user, or of the role's session.
    """

    def __init__(self, *, account_id: str, arn: str) -> None:
        self.account_id = account_id
        self.arn = arn


def _config(patience: Patience) -> Config:
    return Config(
        connect_timeout=patience.connect_seconds,
        read_timeout=patience.read_seconds,
        retries=_retries(patience),
        max_pool_connections=WORKERS,
        user_agent_extra="statectl",
    )


def _retries(patience: Patience) -> Any:
    """As often as that, unless the environment says how often."""
    mode: Any = {"mode": os.environ.get("AWS_RETRY_MODE", "standard")}
    return mode if "AWS_MAX_ATTEMPTS" in os.environ else {**mode, "total_max_attempts": patience.attempts}


def _keep_address(request: Any, **_: object) -> None:
    """An address, such as an emulator's, takes no account's number before it, as the names of S3 Control do."""
    request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", str(request.url))


def _endpoint_is_an_address() -> bool:
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True

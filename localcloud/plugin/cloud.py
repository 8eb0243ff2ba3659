"""The emulated AWS: one client per service and region, never an address that is not on loopback."""

import json
import os
import random
import re
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from localcloud.plugin.configuration import ONLY_EMULATED, Configuration, is_loopback
from localcloud.plugin.failures import RefusalError

CALL_LOG = "LOCALCLOUD_CALL_LOG"
"""The environment variable that names a file into which every AWS call is written, one JSON object a line."""

_BUSY = ("OperationAborted", "ConcurrentModification", "ConcurrentModificationException")
_BUSY_ATTEMPTS = 8
_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}


class Cloud:
    """The connection of one provider: a region's clients are made when they are first asked for."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        # Without these a profile of the user could lend credentials or send calls elsewhere.
        self._session = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
        log = os.environ.get(CALL_LOG)
        if log:
            self._session.register("provide-client-params", _log_to(Path(log)))

    def at(self, region: str | None = None) -> "Region":
        """The view of one region; without a name the provider's."""
        return Region(self, region or self.configuration.region)

    def client(self, service: str, region: str) -> Any:
        """The client of `service` (a name of botocore) in `region`. Its type is botocore's, made at run time."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._connect(service, region)
            return self._clients[service, region]

    @cached_property
    def account(self) -> str:
        """The account of the caller."""
        return str(self.caller["Account"])

    @cached_property
    def caller(self) -> Mapping[str, Any]:
        """Who calls, as STS says."""
        found: Mapping[str, Any] = self.at().client("sts").get_caller_identity()
        return found

    def check_account(self) -> None:
        """Refuse to go on as a caller of an account that the settings do not allow."""
        allowed, forbidden = self.configuration.allowed_accounts, self.configuration.forbidden_accounts
        if allowed and self.account not in allowed:
            raise RefusalError(
                f"the caller is {self.caller['Arn']} of account {self.account}; "
                f"aws:allowedAccountIds allows only {', '.join(allowed)}"
            )
        if self.account in forbidden:
            raise RefusalError(
                f"the caller is {self.caller['Arn']} of account {self.account}; "
                f"aws:forbiddenAccountIds forbids {', '.join(forbidden)}"
            )

    def _connect(self, service: str, region: str) -> Any:
        endpoint = self.configuration.endpoint_of(service)
        if not is_loopback(endpoint):
            raise RefusalError(f"no endpoint for {service}: {ONLY_EMULATED}")
        client = self._session.create_client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=self.configuration.access_key,
            aws_secret_access_key=self.configuration.secret_key,
            aws_session_token=self.configuration.token,
            verify=self.configuration.ca_bundle or True,
            config=Config(
                connect_timeout=5,
                read_timeout=60,
                retries={"mode": "standard", "total_max_attempts": 3},
                s3={"addressing_style": "path"},
                # A proxy would carry calls for loopback to another computer.
                proxies={},
                max_pool_connections=16,
            ),
        )
        client.meta.events.register("before-sign.s3-control", _without_account)
        client.meta.events.register_first(
            f"needs-retry.{client.meta.service_model.service_id.hyphenize()}", _wait_while_busy
        )
        return client


class Region:
    """What a resource sees of the cloud: the clients of its region and the names that go into ARNs."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud = cloud
        self.name = name

    def client(self, service: str) -> Any:
        """The client of `service` in this region."""
        return self.cloud.client(service, self.name)

    @property
    def account(self) -> str:
        """The account of the caller."""
        return self.cloud.account

    @property
    def partition(self) -> str:
        """The partition of the region, as in ARNs."""
        return self._partition[0]

    @property
    def dns_suffix(self) -> str:
        """The last part of host names in the partition."""
        return self._partition[1]

    @property
    def _partition(self) -> tuple[str, str]:
        found = (names for prefix, names in _PARTITIONS.items() if self.name.startswith(prefix))
        return next(found, ("aws", "amazonaws.com"))


def _without_account(request: AWSRequest, **_: Any) -> None:
    """S3 Control puts the account before the host, a name that loopback does not have."""
    request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", str(request.url))


def _wait_while_busy(response: Any, attempts: int, **_: Any) -> Any:
    """Seconds to wait before a repeated call, where AWS was busy with another call on the same thing."""
    code = response[1].get("Error", {}).get("Code") if response else None
    if code in _BUSY and attempts < _BUSY_ATTEMPTS:
        return min(2.0, 0.05 * 2.0**attempts) * random.uniform(0.5, 1)  # noqa: S311  (spreads the attempts)
    return None


def _log_to(path: Path) -> Callable[..., None]:
    lock = threading.Lock()

    def log(params: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        line = {
            "service": model.service_model.service_name,
            "region": context.get("client_region"),
            "operation": model.name,
            "params": params,
        }
        # One write of one line: two plugins may log into one file.
        with lock, path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    return log

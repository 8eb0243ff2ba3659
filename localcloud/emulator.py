"""An AWS that enforces policies, emulated on this computer's loopback address over HTTPS (ministack)."""

import http.client
import os
import re
import shlex
import signal
import socket
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from localcloud import environment, paths
from localcloud.certificate import Certificate
from localcloud.failure import Failure
from localcloud.leash import Leashed

HOST = "127.0.0.1"
SERVICES = "s3,dynamodb,kms,iam,sts,cloudtrail,cloudwatch,events,sns,logs"
ROOT_KEY = "test"
"""Id and secret of the emulated account's root."""
ACCOUNT = "000000000000"
START_SECONDS = 45.0
LOG_TAIL_LINES = 15


@dataclass(frozen=True)
class Emulator:
    """A running emulated AWS; leaving its context stops it and keeps its data, unless it was let go."""

    home: Path
    port: int
    ca_bundle: Path
    leashed: Leashed

    @classmethod
    def start(cls, home: Path, *, port: int | None = None, auth: bool = True, trail: bool = False) -> Self:
        """Start it with its data in `home`, where a later start finds them again.

        `port` is a free one unless given. Without `auth` policies are stored but not enforced. `trail` records
        what CloudTrail would. Raises `Failure` when the port is taken or it does not come up.
        """
        home = home.resolve()
        for part in ("state", "s3"):
            (home / part).mkdir(parents=True, exist_ok=True)
        certificate = Certificate.keep(home / "tls")
        with _listening(port) as listener:
            taken = listener.getsockname()[1]
            # The socket is handed over open, so nobody can take its port in between.
            command: list[str | Path] = [
                *(sys.executable, "-m", "localcloud.emulator_process", str(listener.fileno())),
                *(certificate.chain, certificate.key),
            ]
            with (home / "emulator.log").open("wb") as log:
                leashed = Leashed.start(
                    command,
                    cwd=paths.PROJECT,
                    env=_settings(home, taken, auth=auth, trail=trail),
                    stdout=log,
                    stderr=log,
                    pass_fds=[listener.fileno()],
                    farewell=signal.SIGTERM,
                )
        emulator = cls(home, taken, certificate.authority, leashed)
        try:
            emulator._await_readiness()
        except BaseException:
            leashed.stop()
            raise
        return emulator

    @property
    def endpoint(self) -> str:
        """The one address of all its services."""
        return f"https://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process to end (SIGTERM) to stop it."""
        return self.leashed.pid

    def environment(self, key_id: str = ROOT_KEY) -> dict[str, str]:
        """What an AWS client or SDK needs in its environment to reach this AWS, and nothing of the user's own.

        :param key_id: an account's number for the root of that account.
        """
        return {**client_environment(self.endpoint, self.ca_bundle), "AWS_ACCESS_KEY_ID": key_id}

    def client(
        self, service: str, region: str = "us-east-1", *, session: boto3.session.Session | None = None
    ) -> Any:
        """A boto3 client of the emulated account's root, or with the credentials of another session."""
        client = (session or self.session(region)).client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            verify=str(self.ca_bundle),
            config=CLIENT_CONFIG,
        )
        keep_host(client)
        return client

    def session(self, region: str = "us-east-1") -> boto3.session.Session:
        """A boto3 session of the emulated account's root that reads none of the user's profiles."""
        return isolated_session(ROOT_KEY, ROOT_KEY, region=region)

    def stop(self) -> None:
        """Save its data and end it."""
        self.leashed.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.leashed.__exit__(*exception)

    def _await_readiness(self) -> None:
        trusted = ssl.create_default_context(cafile=str(self.ca_bundle))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if (code := self.leashed.process.poll()) is not None:
                raise Failure(f"The emulated AWS ended with code {code} as it started.", self._log_tail())
            connection = http.client.HTTPSConnection(HOST, self.port, timeout=5, context=trusted)
            try:
                connection.request("GET", "/_ministack/ready")
                if connection.getresponse().status == http.client.OK:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        raise Failure(f"The emulated AWS was not ready within {START_SECONDS:.0f} seconds.", self._log_tail())

    def _log_tail(self) -> str:
        log = self.home / "emulator.log"
        lines = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f"The end of {log}:", *lines])


CLIENT_CONFIG = Config(
    # A bucket's name stays out of the host's name, which could not be resolved.
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
    proxies={},
    retries={"total_max_attempts": 2, "mode": "standard"},
)


def keep_host(client: Any) -> None:
    """Let an S3 Control client ask `127.0.0.1` and not `<account>.127.0.0.1`; other clients never notice."""

    def strip(request: AWSRequest, **_: object) -> None:
        request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", str(request.url))

    client.meta.events.register("before-sign.s3-control", strip)


def isolated_session(key_id: str, secret: str, token: str | None = None, *, region: str) -> boto3.session.Session:
    """A boto3 session with exactly these credentials, whatever profile the user's environment names."""
    own = botocore.session.Session(
        session_vars={
            "profile": (None, [], None, None),
            "config_file": (None, [], os.devnull, None),
            "credentials_file": (None, [], os.devnull, None),
            "ca_bundle": (None, [], None, None),
        }
    )
    return boto3.session.Session(
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        region_name=region,
        botocore_session=own,
    )


def client_environment(endpoint: str, ca_bundle: Path) -> dict[str, str]:
    """The variables by which AWS clients reach an emulated AWS as its root."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CA_BUNDLE": str(ca_bundle),
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": environment.clean()["NO_PROXY"],
    }


def exports(variables: dict[str, str]) -> str:
    """The variables as lines for a shell; what would override them is taken away first."""
    lines = ["unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join(lines) + "\n"


def _listening(port: int | None) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port or 0))
    except OSError as error:
        listener.close()
        raise Failure(f"Port {port} on {HOST} is taken: choose another, or none for any free one.") from error
    return listener


def _settings(home: Path, port: int, *, auth: bool, trail: bool) -> dict[str, str]:
    return {
        **environment.clean(),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "AUTH": "true" if auth else "false",
        "SERVICES": SERVICES,
        # Each would open a port of its own, on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(home / "tls" / "server.pem"),
        "MINISTACK_SSL_KEY": str(home / "tls" / "server-key.pem"),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "CLOUDTRAIL_RECORDING": "1" if trail else "0",
        "LOG_LEVEL": "WARNING",
        # It would look for containers of its own otherwise.
        "DOCKER_HOST": "unix:///nonexistent",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
    }

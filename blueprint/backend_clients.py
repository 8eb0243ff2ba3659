"""Where the clients of the ``s3`` backend differ: which version takes which argument, and where that is said.

What :mod:`blueprint.backend_fit` does and what docs/backend-files.md says both come from the table here. An
argument without a row is taken by every version that is known.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Client(StrEnum):
    """A program that keeps its state in the backend."""

    TERRAFORM = "terraform"
    OPENTOFU = "opentofu"

    @property
    def product(self) -> str:
        """Its name as it writes it."""
        return {Client.TERRAFORM: "Terraform", Client.OPENTOFU: "OpenTofu"}[self]

    @property
    def command(self) -> str:
        """What starts it."""
        return {Client.TERRAFORM: "terraform", Client.OPENTOFU: "tofu"}[self]


class Version(NamedTuple):
    """A minor version; patches take the same arguments."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST = {Client.TERRAFORM: Version(1, 5), Client.OPENTOFU: Version(1, 6)}
"""The first version of each that files are written for. OpenTofu has none before."""
NEWEST = {Client.TERRAFORM: Version(1, 16), Client.OPENTOFU: Version(1, 13)}
"""The last version of each whose change log was read; what later ones take is not known."""

_NUMBER = "(0|[1-9][0-9]{0,3})"
_NUMBERS = re.compile(rf"v?{_NUMBER}\.{_NUMBER}(?:\.{_NUMBER})?(?:-[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, kw_only=True)
class ClientVersion:
    """Whom a file is for."""

    client: Client
    version: Version

    @classmethod
    def read(cls, client: Client, version: str | None) -> "ClientVersion":
        """The client in this version, such as ``1.9`` or ``v1.9.8``; in the newest one where it is ``None``.

        :raises ValueError: where it is none, or one that files are not written for, with the range.
        """
        oldest, newest = OLDEST[client], NEWEST[client]
        if version is None:
            return cls(client=client, version=newest)
        numbers = _NUMBERS.fullmatch(version.strip())
        if not numbers or not oldest <= (found := Version(int(numbers[1]), int(numbers[2]))) <= newest:
            raise ValueError(f'"{version}" is no version of {client.product} from {oldest} to {newest}')
        return cls(client=client, version=found)

    def __str__(self) -> str:
        return f"{self.client.product} {self.version}"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An argument that one client does not take in every version, or calls deprecated.

    :param argument: its name; behind a dot, one inside a map.
    :param since: the first version that takes it; ``None`` where none does.
    :param until: the first version that does not take it any more; ``None`` where there is none.
    :param deprecated: the first version whose documentation calls it so.
    :param remark: what follows where it is left out, or deprecated.
    :param source: the page that says so.
    """

    argument: str
    client: Client
    since: Version | None
    until: Version | None = None
    deprecated: Version | None = None
    remark: str = ""
    source: str

    def takes(self, version: Version) -> bool:
        """Whether this version takes the argument."""
        return self.since is not None and self.since <= version and (self.until is None or version < self.until)


RENAMED = {
    "role_arn": "assume_role.role_arn",
    "external_id": "assume_role.external_id",
    "session_name": "assume_role.session_name",
    "assume_role_policy": "assume_role.policy",
    "assume_role_policy_arns": "assume_role.policy_arns",
    "assume_role_tags": "assume_role.tags",
    "assume_role_transitive_tag_keys": "assume_role.transitive_tag_keys",
    "endpoint": "endpoints.s3",
    "dynamodb_endpoint": "endpoints.dynamodb",
    "iam_endpoint": "endpoints.iam",
    "sts_endpoint": "endpoints.sts",
    "force_path_style": "use_path_style",
}
"""What an argument of Terraform 1.5 is called since 1.6, and in every OpenTofu."""
MAPS = ("assume_role", "assume_role_with_web_identity", "endpoints")
"""The arguments that are maps whose parts are arguments of their own in Terraform 1.5."""

_TERRAFORM = "https://developer.hashicorp.com/terraform/language"
_TERRAFORM_CHANGES = "https://github.com/hashicorp/terraform/blob"
_TOFU = "https://opentofu.org/docs/v1.11/language/settings/backends/s3/"
_TOFU_CHANGES = "https://github.com/opentofu/opentofu/blob"


def _terraform(argument: str, since: Version, source: str, remark: str = "") -> Difference:
    return Difference(argument=argument, client=Client.TERRAFORM, since=since, source=source, remark=remark)


def _tofu(argument: str, since: Version | None, source: str) -> Difference:
    return Difference(argument=argument, client=Client.OPENTOFU, since=since, source=source)


_SINCE_1_6 = {
    "assume_role": "",
    "assume_role_with_web_identity": "",
    "endpoints": "",
    "use_path_style": "",
    "allowed_account_ids": "nothing keeps it from the credentials of another account",
    "forbidden_account_ids": "nothing keeps it from the credentials of another account",
    "custom_ca_bundle": "set AWS_CA_BUNDLE",
    "ec2_metadata_service_endpoint": "set AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "ec2_metadata_service_endpoint_mode": "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "http_proxy": "set HTTP_PROXY",
    "https_proxy": "set HTTPS_PROXY",
    "no_proxy": "set NO_PROXY",
    "shared_config_files": "set AWS_CONFIG_FILE",
    "shared_credentials_files": "set AWS_SHARED_CREDENTIALS_FILE",
    "insecure": "",
    "retry_mode": "",
    "skip_requesting_account_id": "",
    "skip_s3_checksum": "",
    "sts_region": "",
    "use_dualstack_endpoint": "set AWS_USE_DUALSTACK_ENDPOINT",
    "use_fips_endpoint": "set AWS_USE_FIPS_ENDPOINT",
}
"""What the schema of Terraform 1.6 has and that of 1.5 has not."""

DIFFERENCES: tuple[Difference, ...] = (
    _terraform("use_lockfile", Version(1, 10), f"{_TERRAFORM}/v1.10.x/upgrade-guides"),
    _tofu("use_lockfile", Version(1, 10), "https://opentofu.org/blog/opentofu-1-10-0/"),
    Difference(
        argument="dynamodb_table",
        client=Client.TERRAFORM,
        since=Version(1, 5),
        deprecated=Version(1, 11),
        remark="it stays as long as the stack locks in the table, which keeps older clients out meanwhile",
        source=f"{_TERRAFORM}/v1.11.x/upgrade-guides",
    ),
    *(
        Difference(
            argument=old,
            client=client,
            since=OLDEST[client],
            until=Version(1, 10) if client is Client.TERRAFORM else None,
            deprecated=Version(1, 6),
            source=f"{_TERRAFORM_CHANGES}/v1.10/CHANGELOG.md" if client is Client.TERRAFORM else _TOFU,
        )
        for client in Client
        for old, new in RENAMED.items()
        if new.startswith("assume_role.")
    ),
    *(
        _terraform(name, Version(1, 6), f"{_TERRAFORM_CHANGES}/v1.6/CHANGELOG.md", remark)
        for name, remark in _SINCE_1_6.items()
    ),
    *(
        Difference(argument=name, client=Client.TERRAFORM, since=None, source=f"{_TERRAFORM}/backend/s3")
        for name in ("state_tags", "lock_tags")
    ),
    *(_tofu(name, Version(1, 11), f"{_TOFU_CHANGES}/v1.11/CHANGELOG.md") for name in ("state_tags", "lock_tags")),
    *(_tofu(name, None, _TOFU) for name in ("assume_role.source_identity", "endpoints.sso")),
)
"""Every difference that is known."""

JSON_TEMPLATES = {Client.TERRAFORM: None, Client.OPENTOFU: Version(1, 8)}
"""The first version that reads templates in the backend block's JSON form, where others read text as it stands:
since it evaluates variables there (https://opentofu.org/blog/opentofu-1-8-0/)."""


def difference(argument: str, client: Client) -> Difference | None:
    """The row for this argument and client, if there is one."""
    return next((row for row in DIFFERENCES if (row.argument, row.client) == (argument, client)), None)

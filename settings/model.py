"""The settings of one stack: one frozen model, every value valid on its own.

What must hold between values is checked in :mod:`settings.rules`; :func:`settings.parse.parse` runs both.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from settings.access import AccessByTag, AccessEntry, BreakGlass, IssuerUrl, Operators, PolicyArn, PrincipalArn
from settings.adopt import Adopted
from settings.audit import AuditTrail, TopicArn
from settings.frozen import Frozen

_SEGMENT = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?"
ENVIRONMENT_PATTERN = rf"^{_SEGMENT}$"
SERVICE_PATTERN = rf"^{_SEGMENT}(?:/{_SEGMENT}){{0,3}}$"


class Lock(StrEnum):
    """What Terraform takes before it writes a state."""

    LOCKFILE = "lockfile"
    """An object beside the state, written with ``If-None-Match`` (Terraform 1.10 and later)."""
    DYNAMODB = "dynamodb"
    """An item in the lock table (every Terraform; deprecated there since 1.11)."""
    BOTH = "both"
    """Both: the safe choice while old and new Terraform write the same states."""

    @property
    def uses_lockfile(self) -> bool:
        """Whether a lockfile is taken."""
        return self is not Lock.DYNAMODB

    @property
    def uses_table(self) -> bool:
        """Whether an item of the lock table is taken."""
        return self is not Lock.LOCKFILE


class Ways(StrEnum):
    """Which ways states are replicated between the regions."""

    ONE_WAY = "oneWay"
    """From the first region to the second."""
    TWO_WAY = "twoWay"
    """And back: what is written in the second region after a failover comes home by itself."""


class Encryption(StrEnum):
    """What states are encrypted with at rest."""

    KMS = "kms"
    """A customer-managed key of each region, with bucket keys on."""
    AES256 = "aes256"
    """Keys that S3 owns (SSE-S3): no grant of its own stands between a reader and the state."""


class StorageClass(StrEnum):
    """Where noncurrent versions may move: only classes that read at once and span availability zones."""

    STANDARD_IA = "STANDARD_IA"
    INTELLIGENT_TIERING = "INTELLIGENT_TIERING"
    GLACIER_IR = "GLACIER_IR"


class NoncurrentTransition(Frozen):
    """The move of noncurrent versions to a cheaper storage class."""

    days: Annotated[int, Field(ge=1)]
    """Days after a version became noncurrent; S3 wants 30 for ``STANDARD_IA``."""
    storage_class: StorageClass
    """The class they move to."""


EnvironmentName = Annotated[str, Field(pattern=ENVIRONMENT_PATTERN)]
ServiceName = Annotated[str, Field(pattern=SERVICE_PATTERN, max_length=128)]


def _none_if_empty(value: object) -> object:
    """Pulumi.yaml can give a typed key no default but a value of its type, so empty stands for unset."""
    return None if value in ("", {}) else value


class Settings(Frozen):
    """Everything that one stack decides. Field names in configuration are their camelCase."""

    region: Annotated[str, Field(description="The first region, where Terraform writes (`aws:region`).")]
    name_prefix: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
            description="First part of every name: lowercase letters, digits and hyphens.",
        ),
    ]
    account_id: Annotated[
        str,
        Field(
            pattern=r"^\d{12}$",
            description="The only account this stack may touch; any other caller stops the program before "
            "anything is made. Quote it. Only stack `local` can do without.",
        ),
    ]
    states: Annotated[
        Mapping[EnvironmentName, tuple[ServiceName, ...]],
        Field(
            min_length=1,
            description="Environments and the services in each: the state keys this backend expects.",
        ),
    ]
    replica_region: Annotated[
        str | None,
        BeforeValidator(_none_if_empty),
        Field(description="Second region, in the same partition; never the first. Unset: no replica."),
    ] = None
    replication: Annotated[
        Ways,
        Field(
            description="`oneWay` (to the second region) or `twoWay` (and back: after a failover what is written "
            "there comes home by itself)."
        ),
    ] = Ways.ONE_WAY
    replication_alarm_topics: Annotated[
        tuple[TopicArn, ...],
        Field(
            description="SNS topics that hear when replication lags or fails: each alarm notifies those of its "
            "own region. In a region without one it is `auditTrail.alarmTopicArn`, where that is there."
        ),
    ] = ()
    lock: Annotated[
        Lock,
        Field(
            description="`lockfile` (S3), `dynamodb`, or `both` (the safe choice while old and new Terraform mix)."
        ),
    ] = Lock.BOTH
    encryption: Annotated[
        Encryption,
        Field(description="`kms` (a customer key in each region) or `aes256` (keys that S3 owns)."),
    ] = Encryption.KMS
    noncurrent_version_days: Annotated[
        int, Field(ge=1, description="Days that a noncurrent version is kept at least.")
    ] = 90
    newer_noncurrent_versions: Annotated[
        int,
        Field(ge=1, le=100, description="Newest noncurrent versions kept however old they are, 1 to 100."),
    ] = 20
    noncurrent_transition: Annotated[
        NoncurrentTransition | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="`days` and `storageClass` (`STANDARD_IA`, `INTELLIGENT_TIERING`, `GLACIER_IR`): "
            "noncurrent versions move there."
        ),
    ] = None
    access_logs: Annotated[
        bool, Field(description="Server access logs into a bucket of their own, one per region.")
    ] = True
    access_log_days: Annotated[int, Field(ge=1, description="Days that access logs are kept.")] = 365
    account_public_access_block: Annotated[
        bool, Field(description="Also block public access for the whole account.")
    ] = False
    protect: Annotated[
        bool,
        Field(
            description="Refuse to delete what holds data. `false` only where data may go: deletion then "
            "takes every version along."
        ),
    ] = True
    tags: Annotated[
        Mapping[
            Annotated[str, Field(min_length=1, max_length=128)],
            Annotated[str, Field(max_length=256)],
        ],
        Field(max_length=50, description="Tags on all that takes tags."),
    ] = Field(default_factory=dict)
    access: Annotated[
        tuple[AccessEntry, ...],
        Field(description="Who may reach which state: see [docs/access.md](docs/access.md)."),
    ] = ()
    access_by_tag: Annotated[
        AccessByTag | None,
        BeforeValidator(_none_if_empty),
        Field(description="One role for any number of services, each reaching the state that its tags name."),
    ] = None
    operators: Annotated[
        Operators | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="`readers` and `writers`: roles and users of this account that may use `statectl` on the "
            "whole backend."
        ),
    ] = None
    administrators: Annotated[
        tuple[PrincipalArn, ...],
        Field(
            description="Roles and users that run `pulumi up` and may change the settings of buckets and keys. "
            "Required with `access` and `operators`."
        ),
    ] = ()
    pulumi_state: Annotated[
        bool,
        Field(
            description="Pulumi's own state of this stack is in the state bucket, for `administrators` alone: see "
            "[docs/bootstrap.md](docs/bootstrap.md)."
        ),
    ] = False
    break_glass: Annotated[
        BreakGlass | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="`principals` that alone may delete versions, buckets and keys, with MFA used at most "
            "`mfaMaxAgeMinutes` ago."
        ),
    ] = None
    permissions_boundary: Annotated[
        PolicyArn | None,
        BeforeValidator(_none_if_empty),
        Field(description="ARN of the permissions boundary of every role made for access."),
    ] = None
    role_path: Annotated[
        str,
        Field(
            pattern=r"^/(?:[\w+=,.@-]+/)*$",
            max_length=128,
            description="Path of the policies and roles made for access.",
        ),
    ] = "/"
    audit_trail: Annotated[
        AuditTrail | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="CloudTrail data events of state buckets and lock tables, and alarms: `days` kept, "
            "`alarmTopicArn`, or `existingLogGroup` of a trail that records them already."
        ),
    ] = None
    adopt_oidc_providers: Annotated[
        tuple[IssuerUrl, ...],
        Field(description="Issuers that the account has a provider for already; it is used and left alone."),
    ] = ()
    adopt: Annotated[
        Adopted | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="`bucket`, `table` and `keyArn` that were there before, and what of them is left as it "
            "was found (`keep`): see [docs/adopt.md](docs/adopt.md)."
        ),
    ] = None
    adopt_replica: Annotated[
        Adopted | None,
        BeforeValidator(_none_if_empty),
        Field(description="The same in the second region."),
    ] = None

    @property
    def kept(self) -> tuple[str, ...]:
        """What is left as it was found in either region, by what doctor calls it."""
        each = (adopted.keep for adopted in (self.adopt, self.adopt_replica) if adopted)
        return tuple(dict.fromkeys(kept.value for keep in each for kept in keep))

    def kept_in(self, region: str) -> frozenset[str]:
        """What is left as it was found in one of the two regions, by what doctor calls it."""
        adopted = self.adopted_in(region)
        return adopted.kept if adopted else frozenset()

    def adopted_in(self, region: str) -> Adopted | None:
        """What is adopted in one of the two regions."""
        return self.adopt if region == self.region else self.adopt_replica

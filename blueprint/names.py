"""Every name and ARN that the backend uses, from prefix, account and region; AWS chooses only key ids."""

from settings.access import REPLICA_SUFFIX
from settings.model import Settings
from settings.names import audit_bucket_name, log_bucket_name, state_bucket_name
from settings.regions import partition_of

__all__ = [
    "access_policy_name",
    "access_policy_pattern",
    "access_role_arn",
    "access_role_name",
    "access_role_pattern",
    "account_root_arn",
    "alarm_arn",
    "audit_bucket_name",
    "audit_key_alias",
    "audit_log_group_arn",
    "audit_name",
    "audit_trail_arn",
    "batch_replication_role_arn",
    "batch_replication_role_name",
    "bucket_arn",
    "delivery_role_arn",
    "key_alias",
    "lock_table_arn",
    "lock_table_name",
    "lock_table_of",
    "log_bucket_name",
    "log_group_arn",
    "oidc_provider_arn",
    "replica_policy_name",
    "replication_alarm_name",
    "replication_role_arn",
    "replication_role_name",
    "service_host",
    "state_bucket_name",
    "state_bucket_of",
    "tag_role_name",
]


def bucket_arn(name: str, region: str) -> str:
    """The ARN of a bucket, in its region's partition."""
    return f"arn:{partition_of(region).name}:s3:::{name}"


def state_bucket_of(settings: Settings, region: str) -> str:
    """The state bucket of a region: the one that is adopted there, or the one that is made."""
    adopted = settings.adopted_in(region)
    return adopted.bucket if adopted else state_bucket_name(settings.name_prefix, settings.account_id, region)


def lock_table_of(settings: Settings, region: str) -> str:
    """The lock table of a region: the one that is adopted there, or the one that is made."""
    adopted = settings.adopted_in(region)
    return adopted.table if adopted and adopted.table else lock_table_name(settings.name_prefix)


def lock_table_name(prefix: str) -> str:
    """The lock table: the same name in each region, since a table belongs to its region."""
    return f"{prefix}-tfstate-locks"


def lock_table_arn(settings: Settings, region: str) -> str:
    """The ARN of a region's lock table."""
    name, account = lock_table_of(settings, region), settings.account_id
    return f"arn:{partition_of(region).name}:dynamodb:{region}:{account}:table/{name}"


def key_alias(prefix: str) -> str:
    """The alias of a region's key, with the ``alias/`` that KMS demands."""
    return f"alias/{prefix}-tfstate"


def audit_name(prefix: str) -> str:
    """The trail, its log group and the first part of its alarms."""
    return f"{prefix}-tfstate-audit"


def audit_key_alias(prefix: str) -> str:
    """The alias of the audit trail's key."""
    return f"alias/{audit_name(prefix)}"


def audit_trail_arn(prefix: str, account: str, region: str) -> str:
    """The ARN of the audit trail."""
    return f"arn:{partition_of(region).name}:cloudtrail:{region}:{account}:trail/{audit_name(prefix)}"


def audit_log_group_arn(prefix: str, account: str, region: str) -> str:
    """The ARN of the log group that the trail delivers to, without the ``:*`` that some policies add."""
    return log_group_arn(audit_name(prefix), account, region)


def log_group_arn(name: str, account: str, region: str) -> str:
    """The ARN of any log group, without the ``:*`` that IAM wants of it for all but its tags.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    return f"arn:{partition_of(region).name}:logs:{region}:{account}:log-group:{name}"


def alarm_arn(name: str, account: str, region: str) -> str:
    """The ARN of an alarm."""
    return f"arn:{partition_of(region).name}:cloudwatch:{region}:{account}:alarm:{name}"


def delivery_role_arn(prefix: str, account: str, region: str) -> str:
    """The ARN of the role that CloudTrail delivers to the log group as; it has the name of the trail."""
    return f"arn:{partition_of(region).name}:iam::{account}:role/{audit_name(prefix)}"


def replication_role_name(prefix: str, region: str) -> str:
    """The role that S3 replicates as; roles belong to the account, so the source region is part of it."""
    return f"{prefix}-tfstate-replication-{region}"


def replication_role_arn(prefix: str, account: str, region: str) -> str:
    """The ARN of the role that S3 replicates as."""
    return f"arn:{partition_of(region).name}:iam::{account}:role/{replication_role_name(prefix, region)}"


def batch_replication_role_name(prefix: str, region: str) -> str:
    """The role that jobs of S3 Batch Replication run as, one for each region that is replicated from."""
    return f"{prefix}-tfstate-batch-replication-{region}"


def batch_replication_role_arn(prefix: str, account: str, region: str) -> str:
    """The ARN of the role that jobs of S3 Batch Replication run as."""
    return f"arn:{partition_of(region).name}:iam::{account}:role/{batch_replication_role_name(prefix, region)}"


def replication_alarm_name(prefix: str, region: str, kind: str) -> str:
    """An alarm on the replication from a region; the alarms of both ways can be in one region."""
    return f"{prefix}-tfstate-replication-{region}-{kind}"


def access_policy_name(settings: Settings, entry: str) -> str:
    """The managed policy of an access entry, which permission sets and other programs can refer to."""
    return f"{settings.name_prefix}-tfstate-{entry}"


def replica_policy_name(settings: Settings, entry: str) -> str:
    """The managed policy of the same entry for the second region; no entry's name ends like it."""
    return access_policy_name(settings, f"{entry}{REPLICA_SUFFIX}")


def access_policy_pattern(settings: Settings) -> str:
    """Every managed policy made for access and for operators, as one pattern whatever their number."""
    return f"{_iam(settings)}:policy{settings.role_path}{access_policy_name(settings, '*')}"


def access_role_name(settings: Settings, entry: str) -> str:
    """The role of an access entry."""
    return f"{settings.name_prefix}-tfstate-access-{entry}"


def tag_role_name(settings: Settings) -> str:
    """The one role that grants by tag; no entry's name has capitals."""
    return access_role_name(settings, "ByTag")


def access_role_arn(settings: Settings, name: str) -> str:
    """The ARN of a role made for access."""
    return f"{_iam(settings)}:role{settings.role_path}{name}"


def access_role_pattern(settings: Settings) -> str:
    """Every role made for access, as one pattern, so that bucket policies do not grow with their number.

    A role of such a name that somebody else made gets no further by it: it still needs IAM's leave.
    """
    return access_role_arn(settings, access_role_name(settings, "*"))


def oidc_provider_arn(settings: Settings, url: str) -> str:
    """The ARN of the account's provider for an issuer."""
    return f"{_iam(settings)}:oidc-provider/{url.removeprefix('https://')}"


def _iam(settings: Settings) -> str:
    return f"arn:{partition_of(settings.region).name}:iam::{settings.account_id}"


def account_root_arn(account: str, region: str) -> str:
    """The account as a principal: in a policy it stands for every principal that IAM lets through there."""
    return f"arn:{partition_of(region).name}:iam::{account}:root"


def service_host(service: str, region: str) -> str:
    """A service's host name, as ``kms:ViaService`` has it.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    return f"{service}.{region}.{partition_of(region).dns_suffix}"

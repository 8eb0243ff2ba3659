"""Every name and ARN that the backend uses, from prefix, account and region; AWS chooses only key ids."""

from settings.names import log_bucket_name, state_bucket_name
from settings.regions import partition_of

__all__ = [
    "account_root_arn",
    "bucket_arn",
    "key_alias",
    "lock_table_arn",
    "lock_table_name",
    "log_bucket_name",
    "replication_role_name",
    "service_host",
    "state_bucket_name",
]


def bucket_arn(name: str, region: str) -> str:
    """The ARN of a bucket, in its region's partition."""
    return f"arn:{partition_of(region).name}:s3:::{name}"


def lock_table_name(prefix: str) -> str:
    """The lock table: the same name in each region, since a table belongs to its region."""
    return f"{prefix}-tfstate-locks"


def lock_table_arn(prefix: str, account: str, region: str) -> str:
    """The ARN of a region's lock table."""
    return f"arn:{partition_of(region).name}:dynamodb:{region}:{account}:table/{lock_table_name(prefix)}"


def key_alias(prefix: str) -> str:
    """The alias of a region's key, with the ``alias/`` that KMS demands."""
    return f"alias/{prefix}-tfstate"


def replication_role_name(prefix: str, region: str) -> str:
    """The role that S3 replicates as; roles belong to the account, so the source region is part of it."""
    return f"{prefix}-tfstate-replication-{region}"


def account_root_arn(account: str, region: str) -> str:
    """The account as a principal: in a policy it stands for every principal that IAM lets through there."""
    return f"arn:{partition_of(region).name}:iam::{account}:root"


def service_host(service: str, region: str) -> str:
    """A service's host name, as ``kms:ViaService`` has it.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    return f"{service}.{region}.{partition_of(region).dns_suffix}"

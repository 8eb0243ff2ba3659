"""The names of buckets: predictable from prefix, account and region, and legal for S3 before S3 is asked.

Every other name is in :mod:`blueprint.names`; these are here because settings are checked against them.
"""

import re

_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_LEGAL = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def state_bucket_name(prefix: str, account: str, region: str) -> str:
    """The bucket that keeps the states of one account in one region."""
    return f"{prefix}-tfstate-{account}-{region}"


def log_bucket_name(prefix: str, account: str, region: str) -> str:
    """The bucket that keeps the access logs of the state bucket beside it."""
    return f"{prefix}-tfstate-logs-{account}-{region}"


def audit_bucket_name(prefix: str, account: str, region: str) -> str:
    """The bucket that keeps the audit trail, in the first region."""
    return f"{prefix}-tfstate-audit-{account}-{region}"


def illegal_bucket_name(name: str) -> str | None:
    """Why S3 would refuse a bucket of this name, as a clause, or ``None`` where it would not.

    Names that end in a region's code meet none of the reserved suffixes.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    if len(name) > 63:
        return f"has {len(name)} characters where S3 takes 63"
    if not _LEGAL.fullmatch(name):
        return "S3 refuses: lowercase letters, digits and hyphens only, a letter or digit at both ends"
    reserved = next((start for start in _RESERVED_PREFIXES if name.startswith(start)), None)
    return f"starts with {reserved}, which S3 keeps for itself" if reserved else None

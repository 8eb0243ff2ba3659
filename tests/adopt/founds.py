"""Found backends as tests make them up, without an AWS."""

from dataclasses import replace
from typing import Any

from statectl.adopt.found import Found, FoundPart
from store.contents import Contents
from store.live.reading import Live

ACCOUNT, REGION, BUCKET = "123456789012", "eu-central-1", "acme-terraform-state"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
LOCK_KEY = {
    "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
}


def live(**settings: Any) -> Live:
    """A resource of these settings, dashes for underscores."""
    return Live(settings={name.replace("_", "-"): value for name, value in settings.items()}, unread={})


def contents(*states: str, others: tuple[str, ...] = ()) -> Contents:
    return Contents(states=states or ("prod/network/terraform.tfstate",), lockfiles=(), others=others, whole=True)


def table(**settings: Any) -> FoundPart:
    plain: dict[str, Any] = {
        "arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/locks",
        "key": LOCK_KEY,
        "billing": "PAY_PER_REQUEST",
        "recovery": "ENABLED",
        "encryption": None,
        "deletion-protection": True,
        "replicas": [],
        "tags": {},
    }
    return FoundPart(name="locks", live=Live(settings={**plain, **settings}, unread={}))


def key(arn: str = KEY, **settings: Any) -> FoundPart:
    plain = {
        "arn": arn,
        "state": {"KeyState": "Enabled", "KeyManager": "CUSTOMER", "MultiRegion": False},
        "rotation": True,
        "tags": {},
    }
    return FoundPart(name=arn, live=Live(settings={**plain, **settings}, unread={}))


def found(*, beside: Live | None = None, **settings: Any) -> Found:
    """A bucket as S3 makes one today, with versioning on.

    :param settings: of the bucket, dashes for underscores, instead of those.
    """
    plain: dict[str, Any] = {
        "region": REGION,
        "versioning": "Enabled",
        "ownership": "BucketOwnerEnforced",
        "public-access": dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
        "encryption": {"SSEAlgorithm": "AES256"},
        "bucket-key": False,
        "blocked-encryption": ["SSE-C"],
        "lifecycle": None,
        "logging": None,
        "policy": None,
        "tags": None,
    }
    given = {name.replace("_", "-"): value for name, value in settings.items()}
    return Found(
        bucket=BUCKET,
        region=REGION,
        account_id=ACCOUNT,
        contents=contents(),
        live=Live(settings={**plain, **given}, unread={}),
        beside=beside or live(object_lock=None, retention=None, grants=[]),
        replication=live(role=None, rules=None),
        table=None,
        key=None,
        keepers=(),
    )


def with_parts(one: Found, **parts: Any) -> Found:
    """The same with other parts."""
    return replace(one, **parts)

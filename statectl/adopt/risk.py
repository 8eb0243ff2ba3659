"""Which settings a client can run into when they are switched on, how to tell beforehand, and in which order.

The order is that in which they are switched on, one `pulumi up` each: first what is seen in a policy or a listing,
then what takes logs to know, last what changes how states are encrypted.
Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What can break.

    :param breaks: who or what can run into it.
    :param check: how to tell beforehand whether somebody does.
    """

    breaks: str
    check: str


_ENCRYPTION_OF_REQUESTS = (
    "CloudTrail data events of PutObject (requestParameters.x-amz-server-side-encryption and "
    "x-amz-server-side-encryption-aws-kms-key-id), and encrypt and kms_key_id in every backend block"
)

RISKS: Mapping[str, Risk] = {
    "bucket.public-access": Risk(
        breaks="whoever reads through a public ACL or policy, or from another account through a public policy",
        check="aws s3api get-bucket-policy-status and get-bucket-acl; IAM Access Analyzer lists who is let in",
    ),
    "bucket.logging": Risk(
        breaks="whoever looks for this bucket's access logs where they go today: they end there",
        check="ask whoever reads that log bucket; the new one is named in the outputs",
    ),
    "bucket.lifecycle": Risk(
        breaks="old versions beyond noncurrentVersionDays and newerNoncurrentVersions are deleted within days, "
        "and rules that are there today go",
        check="statectl versions ls of the states that matter; raise the two settings where more is to stay",
    ),
    "bucket.ownership": Risk(
        breaks="clients that set an ACL: `acl` in a backend block, or a grant to another account",
        check="aws s3api get-bucket-acl; CloudTrail PutObject with x-amz-acl; aclRequired in the access logs",
    ),
    "bucket.policy": Risk(
        breaks="whom the statements that go let in: other accounts, services",
        check="the statements here that end in nothing; give each an entry in access before (docs/access.md)",
    ),
    "bucket.policy.DenyInsecureTransport": Risk(
        breaks="clients that use http://, such as an old endpoint setting or a proxy",
        check="access logs: no TLS version in the line; CloudTrail: additionalEventData.CipherSuite is missing",
    ),
    "bucket.policy.DenyCustomerProvidedKey": Risk(
        breaks="backend blocks with sse_customer_key",
        check="grep the backend blocks; CloudTrail: additionalEventData.SSEApplied is SSE_C",
    ),
    "bucket.policy.DenyLockfileOverwrite": Risk(
        breaks="tools other than Terraform and OpenTofu that write lockfiles without If-None-Match",
        check="access logs: PUT of keys that end in .tflock, by user agent",
    ),
    "key.rotation": Risk(
        breaks="nobody: KMS keeps the old key material",
        check="nothing to check",
    ),
    "key.policy": Risk(
        breaks="whom the key's policy lets in today and the stack's does not: other services and accounts, and "
        "uses of the key beside S3 and DynamoDB",
        check="the statements here that end in nothing; CloudTrail: events of KMS that name the key, by caller",
    ),
    "table.billing": Risk(
        breaks="nobody, but reserved capacity is paid for and not used",
        check="aws dynamodb describe-reserved-capacity in the bill",
    ),
    "table.recovery": Risk(breaks="nobody; it costs a little", check="nothing to check"),
    "table.encryption": Risk(
        breaks="roles that lock and may not use the region's key: they need kms:Decrypt on it through DynamoDB",
        check="statectl access check STATE --as ROLE for each role that applies",
    ),
    "bucket.encryption": Risk(
        breaks="roles that read or write states and may not use the region's key, as soon as a state is written "
        "anew; backend blocks with sse_customer_key",
        check="statectl access check STATE --as ROLE for each role that reads or writes",
    ),
    "bucket.policy.DenyUnnamedKey": Risk(
        breaks="clients that ask for aws:kms and name no key: they mean the account's aws/s3 key",
        check=_ENCRYPTION_OF_REQUESTS,
    ),
    "bucket.policy.DenyForeignKey": Risk(
        breaks="backend blocks whose kms_key_id is another key",
        check=_ENCRYPTION_OF_REQUESTS,
    ),
    "bucket.policy.DenyOtherEncryption": Risk(
        breaks="backend blocks that ask for another encryption than the stack's: with kms, `encrypt = true` "
        "without kms_key_id asks for AES256",
        check=_ENCRYPTION_OF_REQUESTS,
    ),
}
"""By what ``adopt.keep`` calls them, in the order in which they are switched on."""

PART_RISKS: Mapping[str, Risk] = {
    "bucket.bucket-key": Risk(
        breaks="roles whose grant on the key names objects as encryption context: it is the bucket's ARN then",
        check="kms:EncryptionContext in the policies of roles, and in the key's",
    ),
    "bucket.blocked-encryption": Risk(
        breaks="backend blocks with sse_customer_key: S3 refuses what they write",
        check="grep the backend blocks; CloudTrail: additionalEventData.SSEApplied is SSE_C",
    ),
}
"""By what doctor calls them: settings that are kept with another, and break less than it does."""


def risk_of(id_: str, keep: str) -> Risk | None:
    """What a setting can break.

    :param keep: what ``adopt.keep`` calls it.
    """
    return PART_RISKS.get(id_) or RISKS.get(keep)


def in_order(kept: Set[str]) -> tuple[str, ...]:
    """The ids in the order in which they are switched on; what is not known here comes last."""
    known = [id_ for id_ in RISKS if id_ in kept]
    return (*known, *sorted(set(kept) - set(known)))

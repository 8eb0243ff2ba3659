"""The blocks on public access: of a bucket, and of the whole account where the stack asks for it."""

import pulumi
import pulumi_aws as aws


def make_public_access_block(
    name: str, bucket: aws.s3.Bucket, *, region: str, parent: pulumi.Resource
) -> aws.s3.BucketPublicAccessBlock:
    """All four blocks on one bucket."""
    return aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.bucket,
        region=region,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def make_account_public_access_block(
    name: str, *, account_id: str, parent: pulumi.Resource
) -> aws.s3.AccountPublicAccessBlock:
    """All four blocks on every bucket of the account, now and later."""
    return aws.s3.AccountPublicAccessBlock(
        f"{name}-account-public-access",
        account_id=account_id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )

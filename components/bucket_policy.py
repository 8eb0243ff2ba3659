"""The policy of a bucket."""

import pulumi
import pulumi_aws as aws


def make_bucket_policy(
    name: str,
    bucket: aws.s3.Bucket,
    *,
    region: str,
    document: pulumi.Input[str],
    public_access: aws.s3.BucketPublicAccessBlock | None,
    parent: pulumi.Resource,
) -> aws.s3.BucketPolicy:
    """The policy, after the public access block: S3 aborts one of the two where both are set at once."""
    return aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        region=region,
        policy=document,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=public_access),
    )

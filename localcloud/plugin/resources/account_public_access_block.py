"""`aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import failures, shape
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.resources.public_access import BLOCKS
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class AccountPublicAccessBlock(Kind):
    """What the account refuses of public access in all its buckets. Its id is the account's."""

    resource_type = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
    regional = False
    replaces = frozenset({"accountId"})
    properties = Record(fields={"accountId": Leaf(computed=True), **BLOCKS})

    def create(self, region: Region, inputs: Properties) -> str:
        """PutPublicAccessBlock of S3 Control."""
        account = str(inputs.get("accountId") or region.account)
        self.settle(region, account, inputs)
        return account

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """PutPublicAccessBlock of S3 Control."""
        region.client("s3control").put_public_access_block(
            AccountId=name,
            PublicAccessBlockConfiguration={
                part.aws: inputs.get(field, part.default) for field, part in BLOCKS.items()
            },
        )

    def read(self, region: Region, name: str) -> Properties | None:
        """GetPublicAccessBlock of S3 Control."""
        with failures.absent("NoSuchPublicAccessBlockConfiguration"):
            found = region.client("s3control").get_public_access_block(AccountId=name)
            settings = shape.from_aws(self.properties, found["PublicAccessBlockConfiguration"])
            return {"accountId": name, **settings}
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeletePublicAccessBlock of S3 Control."""
        with failures.absent("NoSuchPublicAccessBlockConfiguration"):
            region.client("s3control").delete_public_access_block(AccountId=name)

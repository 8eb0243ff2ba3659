"""A setting of a bucket: one call puts it, one reads it, one takes it away. Its id is the bucket's name."""

from collections.abc import Mapping
from typing import Any, ClassVar

from localcloud.plugin import failures, shape
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.wire import Properties


class BucketSetting(Kind):
    """What is common to the settings of a bucket."""

    put: ClassVar[str]
    """botocore's name of the call that sets it."""
    get: ClassVar[str]
    """botocore's name of the call that reads it."""
    remove: ClassVar[str]
    """botocore's name of the call that takes it away."""
    argument: ClassVar[str]
    """The parameter of `put` that holds the setting."""
    wrapped: ClassVar[bool] = True
    """Whether the answer of `get` has the setting under the name of the parameter, or plainly."""
    missing: ClassVar[tuple[str, ...]] = ()
    """AWS's codes for a bucket without the setting."""

    replaces = frozenset({"bucket"})

    def request(self, inputs: Properties) -> dict[str, Any]:
        """The parameters of `put` beside the bucket."""
        return {self.argument: shape.to_aws(self.properties, inputs)}

    def answer(self, found: Mapping[str, Any]) -> Properties:
        """The properties in the answer of `get`; empty when the bucket has no such setting."""
        return shape.from_aws(self.properties, found.get(self.argument, {}) if self.wrapped else found)

    def create(self, region: Region, inputs: Properties) -> str:
        """Put the whole setting."""
        self.settle(region, inputs["bucket"], inputs)
        return str(inputs["bucket"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """Put the whole setting."""
        getattr(region.client("s3"), self.put)(Bucket=name, **self.request(inputs))

    def read(self, region: Region, name: str) -> Properties | None:
        """Read the setting."""
        with failures.absent("NoSuchBucket", *self.missing):
            found = self.answer(getattr(region.client("s3"), self.get)(Bucket=name))
            return {"bucket": name, **found} if found else None
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """Take the setting away."""
        with failures.absent("NoSuchBucket", *self.missing):
            getattr(region.client("s3"), self.remove)(Bucket=name)

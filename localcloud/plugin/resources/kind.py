"""What every kind of resource says of itself and does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from localcloud.plugin.cloud import Region
from localcloud.plugin.shape import Record
from localcloud.plugin.wire import Properties


class Kind(ABC):
    """A kind of resource. A file of this package with a subclass adds it to the plugin."""

    resource_type: ClassVar[str]
    """Pulumi's type token."""
    properties: ClassVar[Record]
    """The inputs that the stand-in does, without `region`."""
    replaces: ClassVar[frozenset[str]] = frozenset()
    """Inputs that cannot change on an existing resource. `region` is always one."""
    outputs: ClassVar[tuple[str, ...]] = ()
    """What AWS decides, beyond the inputs."""
    regional: ClassVar[bool] = True
    """Whether the resource has a `region`."""
    naming: ClassVar[str | None] = None
    """The input that is its name: made from Pulumi's name where the program gives none."""

    in_steps: ClassVar[bool] = False
    """Whether `create` alone leaves it unfinished, so that `settle` follows."""

    @property
    def tagged(self) -> bool:
        """Whether it takes tags. Inputs then come with `tagsAll`: the default tags and its own together."""
        return "tags" in self.properties.fields

    @abstractmethod
    def create(self, region: Region, inputs: Properties) -> str:
        """Make it with as few calls as it takes to exist, and return its id."""

    @abstractmethod
    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """Bring the existing resource with the id `name` to what `inputs` say, whatever it is now.

        It is the update, and with `in_steps` it follows `create`. When it failed half-way the next `up` runs it
        again.
        """

    @abstractmethod
    def read(self, region: Region, name: str) -> Properties | None:
        """What it is now, inputs and outputs, with `tagsAll` for all its tags; None when it is gone."""

    def filled(self, live: Properties, given: Mapping[str, Any]) -> Properties:
        """What was read, with what the emulated AWS keeps but does not tell taken from the inputs `given`."""
        return live

    @abstractmethod
    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """End it. That it is gone already is no error."""

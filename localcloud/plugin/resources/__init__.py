"""One file for each kind of resource. A new file with a subclass of `Kind` is found by itself."""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache

from localcloud.plugin.resources.kind import Kind


@cache
def registry() -> Mapping[str, Kind]:
    """What handles the resources of a type token."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for _, cls in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(cls, Kind) and not inspect.isabstract(cls) and hasattr(cls, "resource_type"):
                found[cls.resource_type] = cls()
    return found

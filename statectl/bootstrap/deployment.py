"""A stack as Pulumi keeps it: read from an export or from a file of a backend, and compared by what it holds."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

_SIGNATURE = ("4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270")
"""What Pulumi marks a secret by."""
_GZIP = b"\x1f\x8b"


class UnreadableDeploymentError(Exception):
    """It is not what Pulumi writes."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Version and content of a stack's state.

    Source: https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_export/
    """

    version: int
    content: Mapping[str, Any]
    features: tuple[str, ...] = ()

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """What ``pulumi stack export`` printed, or an object or file of a self-managed backend.

        :raises UnreadableDeploymentError: where it is neither.
        """
        try:
            told = json.loads(gzip.decompress(body) if body.startswith(_GZIP) else body)
            content = told["checkpoint"]["latest"] if "checkpoint" in told else told["deployment"]
            return cls(
                version=int(told["version"]), content=content or {}, features=tuple(told.get("features") or ())
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise UnreadableDeploymentError("is not what Pulumi writes") from error

    def exported(self) -> bytes:
        """What ``pulumi stack import`` takes."""
        features = {"features": list(self.features)} if self.features else {}
        whole = {"version": self.version, **features, "deployment": self.content}
        return json.dumps(whole, indent=2).encode()

    @property
    def written(self) -> datetime | None:
        """When an update last wrote it; ``None`` where none ever did."""
        try:
            when = datetime.fromisoformat(str(self.content.get("manifest", {})["time"]))
        except (KeyError, ValueError):
            return None
        return when if when.tzinfo and when.year > 1 else None

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The outputs of the stack; none before an update came to its end."""
        for resource in self._resources:
            if resource.get("type") == "pulumi:pulumi:Stack":
                outputs: Mapping[str, Any] = resource.get("outputs") or {}
                return outputs
        return {}

    @property
    def count(self) -> int:
        """How many resources it holds."""
        return len(self._resources)

    @property
    def is_half_done(self) -> bool:
        """Whether an update was broken off in the middle of something."""
        return bool(self.content.get("pending_operations"))

    @property
    def has_secrets(self) -> bool:
        """Whether anything in it can be read only with the secrets provider's key."""
        return _has_secret(self._resources)

    def holds_the_same(self, other: "Deployment") -> bool:
        """Whether both hold the same resources; the same secret under two keys does not look alike."""
        return _masked(self._resources) == _masked(other._resources)

    def is_newer(self, other: "Deployment") -> bool:
        """Whether an update wrote this one after the other."""
        return self.written is not None and (other.written is None or self.written > other.written)

    def without_provider(self) -> "Deployment":
        """The same, under no secrets provider; it must have no secrets."""
        if self.has_secrets:
            raise ValueError("a deployment with secrets needs its secrets provider")
        content = {name: value for name, value in self.content.items() if name != "secrets_providers"}
        return Deployment(version=self.version, content=content, features=self.features)

    @property
    def provider(self) -> str | None:
        """The URL of its secrets provider, where that is a key of a cloud."""
        told = self.content.get("secrets_providers") or {}
        return str(told["state"]["url"]) if told.get("type") == "cloud" else None

    @property
    def _resources(self) -> list[dict[str, Any]]:
        return list(self.content.get("resources") or ())


def _has_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return value.get(_SIGNATURE[0]) == _SIGNATURE[1] or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _masked(value: object) -> object:
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE[0]) == _SIGNATURE[1]:
            return _SIGNATURE
        return {name: _masked(item) for name, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value

"""The stack file as far as it says what Pulumi's secrets are under, and its change in one stroke."""

import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from settings.own_state import KEY_PURPOSE, PURPOSE
from statectl.exit_code import ExitCode
from statectl.private_file import FILE_MODE, write_whole
from statectl.refusal import RefusalError

_PROVIDER_LINES = re.compile(r"^(?:secretsprovider|encryptedkey):.*\n?", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """One ``Pulumi.<stack>.yaml``.

    Source: https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
    """

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> "StackFile":
        """The file as it is now.

        :raises statectl.refusal.RefusalError: where it cannot be read.
        """
        try:
            return cls(path=path, text=path.read_text())
        except (OSError, UnicodeError) as error:
            raise RefusalError(
                f"{path}: {getattr(error, 'strerror', None) or 'is no text'}", code=ExitCode.USAGE
            ) from error

    @property
    def provider(self) -> str | None:
        """The secrets provider that it names."""
        return self._said.get("secretsprovider")

    @property
    def salt(self) -> str | None:
        """What it tells a right passphrase from a wrong one by."""
        return self._said.get("encryptionsalt")

    @property
    def is_under_the_stacks_key(self) -> bool:
        """Whether it says that the secrets are under the stack's own key, as a bootstrap leaves it."""
        provider = self.provider or ""
        return provider.startswith("awskms:") and f"context_{PURPOSE}={KEY_PURPOSE}" in provider

    @property
    def has_secrets(self) -> bool:
        """Whether any of its settings is encrypted."""
        return _has_secret(self._said.get("config"))

    def without_provider(self) -> str:
        """Its text without the secrets provider; it must have no secrets."""
        return _PROVIDER_LINES.sub("", self.text)

    def replace(self, text: str, stamp: str) -> Path | None:
        """Write another text in its place, in one stroke, with the old one kept beside it.

        :param stamp: what the name of the old one ends with.
        :returns: where the old one is; ``None`` where there was nothing to change.
        :raises statectl.refusal.RefusalError: where the system does not let it; the file stays as it was.
        """
        if text == self.text:
            return None
        kept = self.path.with_name(f"{self.path.name}.{stamp}")
        try:
            kept.touch(FILE_MODE)
            kept.write_text(self.text)
            write_whole(self.path, text.encode(), stat.S_IMODE(self.path.stat().st_mode))
        except OSError as error:
            raise RefusalError(
                f"{error.filename or self.path}: {error.strerror}", next_step="let the file be written"
            ) from error
        return kept

    @cached_property
    def _said(self) -> dict[str, Any]:
        said = yaml.safe_load(self.text)
        return said if isinstance(said, dict) else {}


def _has_secret(value: object) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))

"""What is known of the backend that a command is about: where it is, and what it expects to hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from settings.model import Settings
from settings.state_keys import state_key
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statefile.keys import STATE_SUFFIX, workspace_key
from store.location import Location


@dataclass(frozen=True, kw_only=True)
class KnownBackend:
    """A backend, as far as the way it was found tells.

    :param source: how it was found, in words.
    :param location: the first region.
    :param replica: the second region, if it has one that is known.
    :param key: the key of the one state that a backend file is about.
    :param arguments: all that a backend file says; empty where the backend was not found by one.
    :param expected: the keys of the states that its stack expects; ``None`` where no stack was asked.
    :param settings: what its stack promises; ``None`` where no stack file was read.
    :param stack_file: the file that says so.
    :param outputs: the outputs of its stack; empty where they were not to be had.
    """

    source: str
    location: Location
    replica: Location | None = None
    key: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    expected: frozenset[str] | None = None
    settings: Settings | None = None
    stack_file: Path | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def state_key(self, name: str | None, workspace: str = "default") -> str:
        """The key of a state.

        :param name: ``<environment>/<service>``, or a whole key that ends in ``.tfstate``; ``None`` for the one
            that the backend file names.
        :raises statectl.refusal.RefusalError: where nothing names one.
        """
        key = name or self.key
        if not key:
            raise RefusalError(
                "no state is named",
                next_step="name it as <environment>/<service>, or by its whole key",
                code=ExitCode.USAGE,
            )
        if not key.endswith(STATE_SUFFIX) and key != self.key:
            key = state_key(key.strip("/"))
        return workspace_key(workspace, key, prefix=self.location.workspace_prefix)

    def promised(self) -> Settings:
        """What the stack promises.

        :raises statectl.refusal.RefusalError: where the backend was found by something else than a stack.
        """
        if self.settings is None:
            raise RefusalError(
                f"{self.source} does not say what the backend should be",
                next_step="name the stack with --stack, in its project's folder or with --project",
                code=ExitCode.USAGE,
            )
        return self.settings

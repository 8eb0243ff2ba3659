"""Writes into a stack file line by line, so that comments and order stay, and reads back what came of it.

Each change is made in the text, at the place that the YAML parser names, and is taken only where the file then
loads to what was meant.
"""

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from settings.mistakes import SettingsError
from settings.model import Settings
from settings.stack_file import read_stack_file
from statectl.exit_code import ExitCode
from statectl.private_file import write_whole
from statectl.refusal import RefusalError

DEFAULT_PROJECT = "state-backend"
"""The project's name where its ``Pulumi.yaml`` is not to be had."""
NOTE = (
    "What was here before, and what is left as it was found: docs/adopt.md.",
    "`statectl adopt plan --next` takes one setting out of keep, in this order.",
)
"""What stands above ``adopt`` in the file."""


class StackFile:
    """``Pulumi.<stack>.yaml`` of a project.

    :param stack: the stack's name, with or without organisation and project.
    :param project: the folder of ``Pulumi.yaml``.
    :raises statectl.refusal.RefusalError: where the project is not one, or the file no YAML.
    """

    def __init__(self, stack: str, project: Path) -> None:
        self.path = project / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
        self._project_file = project / "Pulumi.yaml"
        self.project = project_name(project)
        self.text = self._read() if self.path.exists() else ""

    @property
    def exists(self) -> bool:
        """Whether the stack is configured already."""
        return bool(self.text.strip())

    def settings(self) -> Settings:
        """What the file configures.

        :raises statectl.refusal.RefusalError: where it has mistakes.
        """
        return self._settings(self.text)

    def with_settings(self, values: Mapping[str, Any]) -> str:
        """The text with these settings of the project's own at the end of ``config``.

        :raises statectl.refusal.RefusalError: where it does not load to them.
        """
        named = {f"{self.project}:{key}": value for key, value in values.items()}
        lines = self.text.splitlines(keepends=True)
        mapping, end = self._config(lines)
        there = {key.value for key, _ in mapping.value} if mapping is not None else set()
        if there & named.keys():
            # A second key of the same name is none for Pulumi.
            raise self._by_hand(", ".join(sorted(there & named.keys())))
        indent = " " * (mapping.value[0][0].start_mark.column if mapping is not None and mapping.value else 2)
        stop = "\r\n" if "\r\n" in self.text else "\n"
        new = [f"{indent}{line}{stop}" for line in _entries(named)]
        if mapping is None:
            new.insert(0, f"config:{stop}")
        if end and not lines[end - 1].endswith("\n"):
            lines[end - 1] += stop
        return self._taken("".join([*lines[:end], *new, *lines[end:]]), named)

    def without_kept(self, setting: str) -> str:
        """The text without this setting in ``adopt.keep``.

        :raises statectl.refusal.RefusalError: where it cannot be taken out.
        """
        key = f"{self.project}:adopt"
        adopt = _child(_child(yaml.compose(self.text), "config"), key)
        keep = _child(adopt, "keep")
        items = keep.value if isinstance(keep, yaml.SequenceNode) else []
        at = next((number for number, item in enumerate(items) if item.value == setting), None)
        if at is None or keep is None:
            raise RefusalError(f"{self.path}: {key}.keep names no {setting}", code=ExitCode.USAGE)
        wanted = [item.value for item in items if item.value != setting]
        before = (yaml.safe_load(self.text)["config"])[key]
        meant = {**before, "keep": wanted} if wanted else {k: v for k, v in before.items() if k != "keep"}
        return self._taken(self._cut(adopt, keep, at), {key: meant})

    def save(self, text: str) -> None:
        """Put this text in the place of the file, all of it or none."""
        try:
            # As readable as the file was; a new one is for everybody who may look into the folder.
            mode = stat.S_IMODE(self.path.stat().st_mode) if self.path.exists() else 0o644
            write_whole(self.path, text.encode(), mode)
        except OSError as error:
            raise RefusalError(f"{self.path} could not be written: {error.strerror}") from error

    def _cut(self, adopt: Any, keep: yaml.SequenceNode, at: int) -> str:
        lines = self.text.splitlines(keepends=True)
        if len(keep.value) == 1:
            name = next(name for name, value in adopt.value if value is keep)
            if adopt.flow_style:
                raise self._by_hand(f"keep, with {keep.value[0].value} in it,")
            end = keep.end_mark if keep.flow_style else keep.value[0].end_mark
            first, last = name.start_mark.line, end.line
            return "".join([*lines[:first], *lines[max(last, first) + 1 :]])
        if keep.flow_style:
            # From the end of the one before, or up to the start of the one behind, so that one comma goes.
            start = keep.value[at - 1].end_mark.index if at else keep.value[0].start_mark.index
            end = keep.value[at].end_mark.index if at else keep.value[1].start_mark.index
            return self.text[:start] + self.text[end:]
        line = keep.value[at].start_mark.line
        return "".join([*lines[:line], *lines[line + 1 :]])

    def _config(self, lines: Sequence[str]) -> tuple[yaml.MappingNode | None, int]:
        """The mapping of ``config``, and the line behind its last entry."""
        root = yaml.compose(self.text)
        if root is None:
            return None, len(lines)
        config = _child(root, "config")
        if config is None:
            return None, len(lines)
        if not isinstance(config, yaml.MappingNode) or config.flow_style:
            raise self._by_hand("config")
        # A block ends where the next one starts; empty lines and comments before that are the next one's.
        end = config.end_mark.line if config.end_mark.line < len(lines) else len(lines)
        last = config.value[-1][1].end_mark
        if last.column:
            end = last.line + 1
        while end > 0 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
            end -= 1
        return config, end

    def _taken(self, text: str, values: Mapping[str, Any]) -> str:
        """The text, where it loads to the old values with these in it, and the program takes them."""
        before = (yaml.safe_load(self.text) or {}) if self.text else {}
        try:
            after = yaml.safe_load(text)
        except yaml.YAMLError:
            after = None
        meant = {**before, "config": {**(before.get("config") or {}), **values}}
        if after != meant:
            raise self._by_hand(", ".join(values))
        self._settings(text)
        return text

    def _settings(self, text: str) -> Settings:
        try:
            return read_stack_file(text, project=self.project, path=self.path)
        except (SettingsError, yaml.YAMLError) as error:
            raise RefusalError(f"{self.path}: {error}", code=ExitCode.USAGE) from error

    def _read(self) -> str:
        try:
            # Line endings stay what they are.
            with self.path.open(encoding="utf-8", newline="") as file:
                text = file.read()
            yaml.safe_load(text)
        except (OSError, yaml.YAMLError) as error:
            raise RefusalError(f"{self.path}: {error}", code=ExitCode.USAGE) from error
        return text

    def _by_hand(self, what: str) -> RefusalError:
        return RefusalError(
            f"{self.path} is written in a way in which {what} cannot be changed without touching the rest",
            next_step="write it by hand, as the plan without --write prints it",
        )


def project_name(project: Path) -> str:
    """The name of the project in a folder.

    :raises statectl.refusal.RefusalError: where its ``Pulumi.yaml`` is none.
    """
    path = project / "Pulumi.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return str(content["name"])
    except FileNotFoundError:
        return DEFAULT_PROJECT
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise RefusalError(f"{path} is no project file: {error}", code=ExitCode.USAGE) from error


def new_file(values: Mapping[str, Any], *, project: str, region: str) -> str:
    """A whole stack file.

    :param values: the settings by camelCase key.
    :param project: the project's name.
    """
    aws = {"aws:region": region, "aws:allowedAccountIds": [values["accountId"]]}
    named = {**aws, **{f"{project}:{key}": value for key, value in values.items()}}
    return "".join(["config:\n", *(f"  {line}\n" for line in _entries(named))])


def _entries(named: Mapping[str, Any]) -> list[str]:
    """Entries of ``config``, each on lines of its own, with a note above what adopts."""
    lines: list[str] = []
    for key, value in named.items():
        if key.endswith(":adopt"):
            lines += [f"# {line}" for line in NOTE]
        style: Any = {"sort_keys": False, "width": 115, "allow_unicode": True, "default_flow_style": False}
        dumped = yaml.safe_dump({key: value}, **style)
        lines += dumped.splitlines()
    return lines


def _child(node: Any, name: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)

"""Lifts the protection that a stack file asks for: one value of its text is changed, comments stay."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import yaml

from settings.mistakes import SettingsError
from settings.model import Settings
from settings.stack_file import load_stack_file
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError

_CONFIG = re.compile(
    r"^config:[ \t]*(?:#.*)?\n(?P<first>(?:[ \t]*(?:#.*)?\n)*)(?P<indent>[ ]+)(?=\S)", re.MULTILINE
)


def lift_protection(path: Path) -> bool:
    """Set ``protect: false`` in a stack file; whether it said something else before.

    :raises statectl.refusal.RefusalError: where that cannot be done without a change of anything else; then the
        file stays as it is.
    """
    try:
        before = load_stack_file(path)
        if not before.protect:
            return False
        text = path.read_text(encoding="utf-8")
        project = yaml.safe_load(path.with_name("Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        changed = _without_protection(text, f"{project}:protect")
        if _settings_in(changed, path) != before.model_copy(update={"protect": False}):
            raise _by_hand(path, project)
        _replace(path.resolve(), changed)
    except (OSError, SettingsError, yaml.YAMLError) as error:
        raise RefusalError(f"{path}: {error}", code=ExitCode.USAGE) from error
    return True


def _settings_in(text: str, path: Path) -> Settings:
    """The settings that a stack file would hold with this text, of which its name is a part."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(path.with_name("Pulumi.yaml"), Path(folder) / "Pulumi.yaml")
        there = Path(folder) / path.name
        there.write_text(text, encoding="utf-8")
        return load_stack_file(there)


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.chmod(path.stat().st_mode)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _without_protection(text: str, key: str) -> str:
    said = re.compile(rf"^(\s+)(?P<quote>[\"']?){re.escape(key)}(?P=quote)(\s*:\s+)[^\s#]+", re.MULTILINE)
    if said.search(text):
        return said.sub(rf"\g<1>\g<quote>{key}\g<quote>\g<3>false", text, count=1)
    return _CONFIG.sub(rf"config:\n\g<first>\g<indent>{key}: false\n\g<indent>", text, count=1)


def _by_hand(path: Path, project: str) -> RefusalError:
    return RefusalError(
        f"{path} is written in a way that cannot be changed line by line",
        next_step=f"set {project}:protect to false in it, then run the same command again",
        code=ExitCode.USAGE,
    )

"""Lifts the protection that a stack file asks for: one value of its text is changed, comments stay."""

import re
import stat
from pathlib import Path

import yaml

from settings.mistakes import SettingsError
from settings.stack_file import load_stack_file, read_stack_file
from statectl.exit_code import ExitCode
from statectl.private_file import write_whole
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
        wanted = before.model_copy(update={"protect": False})
        if read_stack_file(changed, project=project, path=path) != wanted:
            raise _by_hand(path, project)
        write_whole(path.resolve(), changed.encode(), stat.S_IMODE(path.stat().st_mode))
    except (OSError, SettingsError, yaml.YAMLError) as error:
        raise RefusalError(f"{path}: {error}", code=ExitCode.USAGE) from error
    return True


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

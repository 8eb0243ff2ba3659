"""Changes ``lock`` in ``Pulumi.<stack>.yaml``: one line of text, so that comments and order stay as they are."""

import re
import stat
from pathlib import Path

import yaml

from settings.mistakes import SettingsError
from settings.model import Lock, Settings
from settings.stack_file import read_stack_file
from statectl.exit_code import ExitCode
from statectl.private_file import write_whole
from statectl.refusal import RefusalError


def set_lock(stack_file: Path, settings: Settings, lock: Lock) -> bool:
    """Let the stack file say this lock, and nothing else than before; whether it was changed.

    :param settings: what it says now.
    :raises statectl.refusal.RefusalError: where it is written in a way that this cannot change; it stays as it is.
    """
    if settings.lock is lock:
        return False
    by_hand = RefusalError(
        f'{stack_file}: "lock" could not be changed from {settings.lock} to {lock}',
        next_step=f"set it to {lock} by hand, then run the same command again",
        code=ExitCode.FAILED,
    )
    try:
        text = stack_file.read_text(encoding="utf-8")
        project = _project(stack_file)
        changed = _with_lock(text, project, lock)
        wanted = settings.model_copy(update={"lock": lock})
        if changed is None or read_stack_file(changed, project=project, path=stack_file) != wanted:
            raise by_hand
        write_whole(stack_file, changed.encode(), stat.S_IMODE(stack_file.stat().st_mode))
    except OSError as error:
        raise RefusalError(f"{error.filename or stack_file}: {error.strerror}") from error
    except (SettingsError, yaml.YAMLError) as error:
        raise by_hand from error
    return True


def _with_lock(text: str, project: str, lock: Lock) -> str | None:
    """The text with this lock; ``None`` where there is no line for it."""
    name = re.escape(project)
    line = re.compile(
        rf"""^(?P<before>[ \t]+(["']?){name}:lock\2:[ \t]+)(["']?)\w+\3(?P<after>[ \t]*(?:\#.*)?\r?)$""", re.M
    )
    if line.search(text):
        return line.sub(rf"\g<before>{lock}\g<after>", text, count=1)
    # Without one, it is the default; beside a setting that every stack file has, it is a setting too.
    beside = re.compile(rf"""^(?P<indent>[ \t]+)(["']?){name}:namePrefix\2:.*\n?""", re.M)
    found = beside.search(text)
    if found is None:
        return None
    end = "" if found[0].endswith("\n") else "\n"
    return f"{text[: found.end()]}{end}{found['indent']}{project}:lock: {lock}\n{text[found.end() :]}"


def _project(stack_file: Path) -> str:
    return str(yaml.safe_load(stack_file.with_name("Pulumi.yaml").read_text(encoding="utf-8"))["name"])

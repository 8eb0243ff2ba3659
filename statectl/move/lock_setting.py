"""Changes ``lock`` in ``Pulumi.<stack>.yaml``: one line of text, so that comments and order stay as they are."""

import re
import tempfile
from pathlib import Path

import yaml

from settings.mistakes import SettingsError
from settings.model import Lock, Settings
from settings.stack_file import load_stack_file
from statectl.backend.writing import replace_file
from statectl.exit_code import ExitCode
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
        changed = _with_lock(text, _project(stack_file), lock)
        if changed is None or _read(stack_file, changed) != settings.model_copy(update={"lock": lock}):
            raise by_hand
        replace_file(stack_file, changed.encode())
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


def _read(stack_file: Path, text: str) -> Settings:
    """What the stack would be configured as by this text."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / stack_file.name
        copy.write_text(text, encoding="utf-8")
        project = stack_file.with_name("Pulumi.yaml").read_text(encoding="utf-8")
        copy.with_name("Pulumi.yaml").write_text(project, encoding="utf-8")
        return load_stack_file(copy)

"""A plugin that is configured for the emulated AWS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.emulator import Emulator
from localcloud.plugin.cloud import CALL_LOG
from tests.plugin.conversation import Conversation, conversation

HOME, FAR = "eu-west-1", "eu-central-1"


@pytest.fixture
def call_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file into which the plugin writes its calls."""
    path = tmp_path / "calls.jsonl"
    monkeypatch.setenv(CALL_LOG, str(path))
    return path


@pytest.fixture
def plugin(emulator: Emulator, call_log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conversation]:
    """Configured with a home region and a default tag."""
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    with conversation() as talk:
        # Pulumi passes all that is no text as JSON in text.
        talk.configure({"region": HOME, "defaultTags": '{"tags": {"made-by": "pulumi"}}'})
        yield talk

"""A plugin that is configured for the emulated AWS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.emulator import Emulator
from localcloud.plugin.cloud import CALL_LOG
from tests.plugin.conversation import Conversation, conversation

HOME, FAR = "eu-west-1", "eu-central-1"


@pytest.fixture(scope="session")
def all_calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file into which the plugin writes the calls of all tests."""
    return tmp_path_factory.mktemp("calls") / "calls.jsonl"


@pytest.fixture
def call_log(all_calls: Path) -> Path:
    """The file into which the plugin writes its calls, without those of earlier tests."""
    all_calls.unlink(missing_ok=True)
    return all_calls


@pytest.fixture(scope="session")
def connected(emulator: Emulator, all_calls: Path) -> Iterator[Conversation]:
    """Configured once for all tests: each new client of AWS takes a good part of a second."""
    with conversation() as talk, pytest.MonkeyPatch.context() as patch:
        for name, value in {**emulator.environment(), CALL_LOG: str(all_calls)}.items():
            patch.setenv(name, value)
        # Pulumi passes all that is no text as JSON in text.
        talk.configure({"region": HOME, "defaultTags": '{"tags": {"made-by": "pulumi"}}'})
        patch.undo()
        yield talk


@pytest.fixture
def plugin(connected: Conversation, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """Configured with a home region and a default tag, in the environment of the emulated AWS."""
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    return connected
